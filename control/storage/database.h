// The service's memory: one SQL database, reached by one thread through one connection.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open({.path =
//   "narada.sqlite"})); absl::Status status = database->Run([&](Transaction& transaction) {
//     return InsertReservation(transaction, row);
//   });
//
// Each piece of work is a transaction: all of it is on the disk when `Run` returns OK (or `done` is
// called with OK), and nothing of it otherwise. Pieces that wait while the disk is busy share one
// commit, so that a hundred callers who reserve at once cost a few flushes and not a hundred; a
// piece that fails takes only itself back.
//
// Why one connection: SQLite 3.40, which Debian 12 packages, can corrupt a write-ahead log when two
// connections race a checkpoint (sqlite.org/wal.html, "the WAL-reset bug"). So one process opens
// the file for writing (a lock beside the file turns a second one away), through one connection on
// one thread, and that connection alone checkpoints. Anybody else opens it with `mode=ro`.
//
// Threads: any thread may call Run and Submit; work and `done` run on the database's thread, so
// `done` hands its result on and returns at once. The destructor finishes the work already
// submitted. SOCI's exceptions end here: they come out as absl::Status, without the bound values,
// which may be secrets or phone numbers.

#ifndef NARADA_CONTROL_STORAGE_DATABASE_H_
#define NARADA_CONTROL_STORAGE_DATABASE_H_

#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

namespace soci {
class session;
}

namespace narada::control::storage {

struct DatabaseOptions {
  // The SQLite file; made if it does not exist. Its folder must exist and be writable.
  std::string path;
};

// Passed to the tables of this folder; the only place that lets SOCI out. Database thread.
class Transaction {
 public:
  explicit Transaction(soci::session& session) : session_(session) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  soci::session& sql() { return session_; }

 private:
  soci::session& session_;
};

class Database {
 public:
  using Work = absl::AnyInvocable<absl::Status(Transaction&)>;
  using Done = absl::AnyInvocable<void(absl::Status)>;

  // Opens the file, checks it, and brings its schema to this program's version.
  // Errors: UNAVAILABLE / DATABASE_AWAY (no such folder, not writable),
  // FAILED_PRECONDITION / DATABASE_IN_USE (another process has it), DATABASE_TOO_NEW,
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
  void Submit(Work work, Done done);

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

 private:
  struct Item {
    Work work;
    Done done;
  };
  class Lock;  // Held on the file beside the database for as long as we live.

  explicit Database(const DatabaseOptions& options);
  absl::Status OpenAndMigrate();  // Database thread.
  void ThreadMain(absl::Notification& opened, absl::Status& status);
  void RunBatch(std::deque<Item> batch);  // Database thread.

  const DatabaseOptions options_;
  std::unique_ptr<Lock> lock_;

  std::unique_ptr<soci::session> session_;  // Database thread.

  absl::Mutex mutex_;
  std::deque<Item> queue_ ABSL_GUARDED_BY(mutex_);
  bool is_closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_DATABASE_H_
