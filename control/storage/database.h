// The service's memory: one SQL database, SQLite in a file or PostgreSQL.
//
//   ASSIGN_OR_RETURN(auto database, Database::Open({.path = "narada.sqlite"}));
//   absl::Status status = database->Run([&](Transaction& transaction) {
//     return InsertReservation(transaction, row);
//   });
//
// Each piece of work is a transaction: all of it is on the disk when `Run` returns OK (or `done` is
// called with OK), and nothing of it otherwise. SQLite has one connection on one thread, which runs
// pieces in order (sqlite_connection.h); PostgreSQL has a pool of them, which run pieces side by side,
// and again after a conflict (postgresql_connection.h). So on PostgreSQL a piece may overtake another,
// unless both name the same order.
//
// Threads: any thread may call Run and Submit; work and `done` run on a thread of the database, so
// `done` hands its result on and returns at once. The destructor finishes the work already
// submitted. SOCI's exceptions end here: they come out as absl::Status, without the bound values,
// which may be secrets or phone numbers.

#ifndef NARADA_CONTROL_STORAGE_DATABASE_H_
#define NARADA_CONTROL_STORAGE_DATABASE_H_

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "control/storage/connection.h"
#include "control/storage/postgresql_connection.h"
#include "control/storage/transaction.h"

namespace narada::control::storage {

struct DatabaseOptions {
  // The SQLite file; made if it does not exist. Its folder must exist and be writable.
  std::string path;
  // Instead of the file.
  std::optional<PostgresqlOptions> postgresql;
};

class Database {
 public:
  using Work = storage::Work;
  using Done = absl::AnyInvocable<void(absl::Status)>;

  // Opens or connects, checks, and brings the schema to this program's version.
  // Errors: UNAVAILABLE / DATABASE_AWAY (no such folder, not writable, no server),
  // FAILED_PRECONDITION / DATABASE_IN_USE (another process has the file), DATABASE_TOO_NEW,
  // PASSWORD_UNREADABLE, INVALID_ARGUMENT / FIELD_INVALID (PostgreSQL's connection string),
  // DATA_LOSS / DATABASE_DAMAGED.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const DatabaseOptions& options);

  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs `work` in a transaction and waits for its commit. Returns the work's own error, or
  // RESOURCE_EXHAUSTED / DISK_FULL, DATA_LOSS / DATABASE_DAMAGED, UNAVAILABLE /
  // DATABASE_AWAY, ALREADY_EXISTS / UNIQUE_VIOLATION. Never call it from `work` or `done`.
  absl::Status Run(Work work);

  // The same without waiting.
  void Submit(Work work, Done done) { SubmitInOrder("", std::move(work), std::move(done)); }

  // The same, behind every piece of the same order that was submitted before: for what is written about
  // one thing again and again, such as a call. "": no order.
  void SubmitInOrder(std::string order, Work work, Done done);

  // Waits until everything that was submitted so far is done.
  void Drain();

  // Runs `work`, which returns a value, and waits.
  template <typename T>
  absl::StatusOr<T> Query(absl::AnyInvocable<absl::StatusOr<T>(Transaction&)> work) {
    absl::StatusOr<T> result = absl::UnknownError("not run");
    const absl::Status committed = Run([&](Transaction& transaction) {
      result = work(transaction);
      return result.status();
    });
    if (!committed.ok()) return committed;
    return result;
  }

  // Runs `work`, which returns a value, and hands it to `done` once it is committed.
  template <typename T>
  void SubmitQuery(absl::AnyInvocable<absl::StatusOr<T>(Transaction&)> work,
                   absl::AnyInvocable<void(absl::StatusOr<T>)> done) {
    auto result = std::make_shared<absl::StatusOr<T>>(absl::UnknownError("not run"));
    Submit(
        [result, work = std::move(work)](Transaction& transaction) mutable {
          *result = work(transaction);
          return result->status();
        },
        [result, done = std::move(done)](absl::Status committed) mutable {
          if (!committed.ok()) return done(std::move(committed));
          done(std::move(*result));
        });
  }

  // Writes a consistent copy of everything as a new file, while work waits; `path`'s folder exists.
  // Errors: ALREADY_EXISTS / FILE_EXISTS, RESOURCE_EXHAUSTED / DISK_FULL, FAILED_PRECONDITION /
  // BACKUP_ELSEWHERE (PostgreSQL, by its own tools), UNAVAILABLE / DATABASE_AWAY.
  absl::Status Backup(const std::string& path);

 private:
  struct Item {
    Work work;
    Done done;
    std::string order;
    std::string backup_path;  // Instead of work.
  };

  Database() = default;
  void Push(Item item);
  // A thread of the pool, with its connection.
  void Serve(std::unique_ptr<Connection> connection);
  bool HasWorkOrEnds() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<Item> TakeItems(size_t items_max) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void RunItems(Connection& connection, std::vector<Item>& items);

  mutable absl::Mutex mutex_;
  std::deque<Item> queue_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> orders_at_work_ ABSL_GUARDED_BY(mutex_);
  int items_at_work_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_DATABASE_H_
