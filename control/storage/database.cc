#include "control/storage/database.h"

#include <errno.h>
#include <fcntl.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <exception>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status.h"
#include "control/storage/schema.h"

namespace narada::control::storage {
namespace {

// More pieces than this do not make a commit cheaper, but make the first of them wait longer.
constexpr size_t kBatchMax = 64;

std::string ErrnoText() { return std::error_code(errno, std::generic_category()).message(); }

// Without the statement's bound values: SOCI adds these to what(), and they may be secrets.
absl::Status FromException(const std::exception& exception) {
  if (const auto* error = dynamic_cast<const soci::sqlite3_soci_error*>(&exception)) {
    const std::string message = error->get_error_message();
    switch (error->result() & 0xff) {
      case SQLITE_FULL:
        return ErrorWithReason(absl::StatusCode::kResourceExhausted, "DISK_FULL",
                               absl::StrCat("the database's disk is full: ", message));
      case SQLITE_CORRUPT:
      case SQLITE_NOTADB:
        return ErrorWithReason(absl::StatusCode::kDataLoss, "DATABASE_DAMAGED",
                               absl::StrCat("the database is damaged: ", message));
      case SQLITE_CONSTRAINT:
        return ErrorWithReason(absl::StatusCode::kAlreadyExists, "UNIQUE_VIOLATION", message);
      default:
        return ErrorWithReason(absl::StatusCode::kUnavailable, "DATABASE_AWAY", message);
    }
  }
  if (const auto* error = dynamic_cast<const soci::soci_error*>(&exception)) {
    return ErrorWithReason(absl::StatusCode::kUnavailable, "DATABASE_AWAY",
                           error->get_error_message());
  }
  return ErrorWithReason(absl::StatusCode::kUnavailable, "DATABASE_AWAY", exception.what());
}

// Calls `code` and turns whatever SOCI throws into a status.
template <typename Code>
absl::Status Guarded(Code&& code) {
  try {
    return code();
  } catch (const std::exception& exception) {
    return FromException(exception);
  }
}

absl::Status Execute(soci::session& session, const std::string& sql) {
  return Guarded([&] {
    session << sql;
    return absl::OkStatus();
  });
}

std::string QueryText(soci::session& session, const std::string& sql) {
  std::string value;
  session << sql, soci::into(value);
  return value;
}

// Brings the tables to this program's version, one file and transaction at a time.
absl::Status Migrate(soci::session& session, const std::string& path) {
  RETURN_IF_ERROR(Execute(session,
                          "CREATE TABLE IF NOT EXISTS schema_versions "
                          "(version INTEGER PRIMARY KEY, name TEXT NOT NULL)"));
  int version = 0;
  RETURN_IF_ERROR(Guarded([&] {
    session << "SELECT coalesce(max(version), 0) FROM schema_versions", soci::into(version);
    return absl::OkStatus();
  }));
  const absl::Span<const Migration> migrations = Migrations();
  if (version > static_cast<int>(migrations.size())) {
    return ErrorWithReason(
        absl::StatusCode::kFailedPrecondition, "DATABASE_TOO_NEW",
        absl::StrCat(path, " has schema version ", version, "; this program knows versions up to ",
                     migrations.size(), ". Start the newer program"));
  }
  for (; version < static_cast<int>(migrations.size()); ++version) {
    const Migration& migration = migrations[version];
    const absl::Status migrated = Guarded([&] {
      soci::transaction transaction(session);  // Rolls back unless committed.
      for (const std::string& statement : SplitStatements(migration.sql)) session << statement;
      const int new_version = version + 1;
      const std::string name(migration.name);
      session << "INSERT INTO schema_versions (version, name) VALUES (:version, :name)",
          soci::use(new_version), soci::use(name);
      transaction.commit();
      return absl::OkStatus();
    });
    if (!migrated.ok()) {
      return ErrorWithReason(migrated.code(), std::string(ReasonOf(migrated)),
                             absl::StrCat("schema step ", std::string(migration.name),
                                          " failed: ", std::string(migrated.message())));
    }
  }
  return absl::OkStatus();
}

}  // namespace

// An advisory lock on a file of its own: SQLite drops its own locks when any handle on the database
// file is closed, so the database file itself must not be opened by hand.
class Database::Lock {
 public:
  static absl::StatusOr<std::unique_ptr<Lock>> Acquire(const std::string& database_path) {
    const std::string path = absl::StrCat(database_path, ".lock");
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
      return ErrorWithReason(
          absl::StatusCode::kUnavailable, "DATABASE_AWAY",
          absl::StrCat("cannot write ", path, ": ", ErrnoText(),
                       ". The data folder must exist and be writable by this user"));
    }
    auto lock = std::unique_ptr<Lock>(new Lock(file));
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
      char owner[32] = {};
      const bool is_known = pread(file, owner, sizeof(owner) - 1, 0) > 0;
      return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "DATABASE_IN_USE",
                             absl::StrCat(database_path, " is in use by another process",
                                          is_known ? absl::StrCat(" (", owner, ")") : "",
                                          "; stop it or choose another data folder"));
    }
    const std::string pid = absl::StrCat("pid ", getpid());
    // Only a hint for the message above, so a failure to write it does not matter.
    if (ftruncate(file, 0) == 0) (void)!pwrite(file, pid.data(), pid.size(), 0);
    return lock;
  }

  ~Lock() { close(file_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  explicit Lock(int file) : file_(file) {}

  const int file_;
};

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options) {
  auto database = std::unique_ptr<Database>(new Database(options));
  ASSIGN_OR_RETURN(database->lock_, Lock::Acquire(options.path));
  absl::Notification opened;
  absl::Status status;
  database->thread_ = std::thread(
      [&database = *database, &opened, &status] { database.ThreadMain(opened, status); });
  opened.WaitForNotification();
  if (!status.ok()) return status;
  return database;
}

Database::Database(const DatabaseOptions& options) : options_(options) {}

Database::~Database() {
  {
    absl::MutexLock lock(&mutex_);
    is_closing_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

absl::Status Database::Run(Work work) {
  CHECK(std::this_thread::get_id() != thread_.get_id()) << "the database would wait for itself";
  absl::Notification finished;
  absl::Status result;
  Submit(std::move(work), [&](absl::Status status) {
    result = std::move(status);
    finished.Notify();
  });
  finished.WaitForNotification();
  return result;
}

void Database::Submit(Work work, Done done) {
  absl::MutexLock lock(&mutex_);
  CHECK(!is_closing_) << "work was submitted to a database that is being closed";
  queue_.push_back({std::move(work), std::move(done)});
}

absl::Status Database::OpenAndMigrate() {
  absl::Status opened = Guarded([&] {
    session_ = std::make_unique<soci::session>(*soci::factory_sqlite3(),
                                               absl::StrCat("dbname=\"", options_.path, "\""));
    soci::session& session = *session_;
    // FULL: a commit is on the disk before a room is spoken, through a power cut too.
    session << "PRAGMA synchronous = FULL";
    session << "PRAGMA foreign_keys = ON";
    const std::string mode = QueryText(session, "PRAGMA journal_mode = WAL");
    const std::string synchronous = QueryText(session, "PRAGMA synchronous");
    if (mode != "wal" || synchronous != "2") {
      return ErrorWithReason(
          absl::StatusCode::kUnavailable, "DATABASE_AWAY",
          absl::StrCat(options_.path, ": this file system gives no durable log (", mode,
                       ", synchronous ", synchronous, ")"));
    }
    const std::string verdict = QueryText(session, "PRAGMA quick_check(1)");
    if (verdict != "ok") {
      return ErrorWithReason(absl::StatusCode::kDataLoss, "DATABASE_DAMAGED", verdict);
    }
    return absl::OkStatus();
  });
  if (opened.ok()) opened = Migrate(*session_, options_.path);
  if (opened.ok()) return opened;
  std::string message = absl::StrCat(options_.path, ": ", std::string(opened.message()));
  if (ReasonOf(opened) == "DATABASE_DAMAGED") {
    absl::StrAppend(&message, ". Restore a backup, or move the file away to begin with none");
  }
  return ErrorWithReason(opened.code(), std::string(ReasonOf(opened)), message);
}

void Database::ThreadMain(absl::Notification& opened, absl::Status& status) {
  status = OpenAndMigrate();
  const bool is_open = status.ok();
  opened.Notify();  // From here on `status` and `opened` are gone.
  while (is_open) {
    std::deque<Item> batch;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](Database* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
            return self->is_closing_ || !self->queue_.empty();
          },
          this));
      if (queue_.empty()) break;
      while (!queue_.empty() && batch.size() < kBatchMax) {
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    RunBatch(std::move(batch));
  }
  session_
      .reset();  // The last connection to close checkpoints, so this belongs to this thread too.
}

void Database::RunBatch(std::deque<Item> batch) {
  soci::session& session = *session_;
  Transaction transaction(session);
  std::vector<absl::Status> results(batch.size(), absl::OkStatus());
  // What ended the whole batch, if anything did: then nothing of it is in the database.
  absl::Status fate = Execute(session, "BEGIN");
  for (size_t i = 0; fate.ok() && i < batch.size(); ++i) {
    fate = Execute(session, "SAVEPOINT piece");
    if (!fate.ok()) break;
    results[i] = Guarded([&] { return batch[i].work(transaction); });
    if (!results[i].ok()) {
      // A full disk or a read error has already rolled everything back; then this fails.
      if (!Execute(session, "ROLLBACK TO piece").ok()) fate = results[i];
    }
    if (fate.ok()) fate = Execute(session, "RELEASE piece");
  }
  if (fate.ok()) fate = Execute(session, "COMMIT");
  if (!fate.ok()) (void)Execute(session, "ROLLBACK");
  for (size_t i = 0; i < batch.size(); ++i) {
    batch[i].done(results[i].ok() ? fate : std::move(results[i]));
  }
}

}  // namespace narada::control::storage
