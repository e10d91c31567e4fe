#include "control/storage/sqlite_connection.h"

#include <errno.h>
#include <fcntl.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/storage/migration.h"

namespace narada::control::storage {
namespace {

// More pieces than this do not make a commit cheaper, but make the first of them wait longer.
constexpr size_t kPiecesMax = 64;

std::string ErrnoText() { return std::error_code(errno, std::generic_category()).message(); }

// Without the statement's bound values: SOCI adds these to what(), and they may be secrets.
absl::Status Translate(const std::exception& exception) {
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

absl::Status Execute(soci::session& session, const std::string& sql) {
  return Guarded(
      [&] {
        session << sql;
        return absl::OkStatus();
      },
      Translate);
}

std::string QueryText(soci::session& session, const std::string& sql) {
  std::string value;
  session << sql, soci::into(value);
  return value;
}

// A file or a folder.
bool Flush(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool is_flushed = fsync(file) == 0;
  close(file);
  return is_flushed;
}

}  // namespace

// An advisory lock on a file of its own: SQLite drops its own locks when any handle on the database
// file is closed, so the database file itself must not be opened by hand.
class SqliteConnection::Lock {
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

SqliteConnection::SqliteConnection(std::string path) : path_(std::move(path)) {}

SqliteConnection::~SqliteConnection() {
  session_.reset();  // Checkpoints, so the lock is to outlive it.
}

size_t SqliteConnection::pieces_max() const { return kPiecesMax; }

absl::Status SqliteConnection::Open() {
  ASSIGN_OR_RETURN(lock_, Lock::Acquire(path_));
  absl::Status opened = Guarded(
      [&] {
        session_ = std::make_unique<soci::session>(*soci::factory_sqlite3(),
                                                   absl::StrCat("dbname=\"", path_, "\""));
        soci::session& session = *session_;
        // FULL: a commit is on the disk before a room is spoken, through a power cut too.
        session << "PRAGMA synchronous = FULL";
        session << "PRAGMA foreign_keys = ON";
        const std::string mode = QueryText(session, "PRAGMA journal_mode = WAL");
        const std::string synchronous = QueryText(session, "PRAGMA synchronous");
        if (mode != "wal" || synchronous != "2") {
          return ErrorWithReason(absl::StatusCode::kUnavailable, "DATABASE_AWAY",
                                 absl::StrCat("this file system gives no durable log (", mode,
                                              ", synchronous ", synchronous, ")"));
        }
        const std::string verdict = QueryText(session, "PRAGMA quick_check(1)");
        if (verdict != "ok") {
          return ErrorWithReason(absl::StatusCode::kDataLoss, "DATABASE_DAMAGED", verdict);
        }
        return absl::OkStatus();
      },
      Translate);
  if (opened.ok()) opened = Migrate(*session_, Translate);
  if (opened.ok()) return opened;
  std::string message = absl::StrCat(path_, ": ", std::string(opened.message()));
  if (ReasonOf(opened) == "DATABASE_DAMAGED") {
    absl::StrAppend(&message, ". Restore a backup, or move the file away to begin with none");
  }
  return ErrorWithReason(opened.code(), ReasonOf(opened), message);
}

std::vector<absl::Status> SqliteConnection::Run(absl::Span<Work> pieces) {
  soci::session& session = *session_;
  Transaction transaction(session);
  std::vector<absl::Status> results(pieces.size(), absl::OkStatus());
  // What ended all of it, if anything did: then nothing of it is in the database.
  absl::Status fate = Execute(session, "BEGIN");
  for (size_t i = 0; fate.ok() && i < pieces.size(); ++i) {
    fate = Execute(session, "SAVEPOINT piece");
    if (!fate.ok()) break;
    results[i] = Guarded([&] { return pieces[i](transaction); }, Translate);
    if (!results[i].ok()) {
      // A full disk or a read error has already rolled everything back; then this fails.
      if (!Execute(session, "ROLLBACK TO piece").ok()) fate = results[i];
    }
    if (fate.ok()) fate = Execute(session, "RELEASE piece");
  }
  if (fate.ok()) fate = Execute(session, "COMMIT");
  if (!fate.ok()) (void)Execute(session, "ROLLBACK");
  for (absl::Status& result : results) {
    if (result.ok()) result = fate;
  }
  return results;
}

absl::Status SqliteConnection::Backup(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    return ErrorWithReason(absl::StatusCode::kAlreadyExists, "FILE_EXISTS",
                           absl::StrCat(path, " exists already; choose another name"));
  }
  const std::string unfinished = absl::StrCat(path, ".unfinished");
  std::filesystem::remove(unfinished, ignored);  // Of a backup that was killed.
  absl::Status copied = Guarded(
      [&] {
        *session_ << "VACUUM INTO :path", soci::use(unfinished);
        return absl::OkStatus();
      },
      Translate);
  // VACUUM INTO leaves the flushing to us; the rename is on the disk when its folder is.
  const std::string folder = std::filesystem::path(path).parent_path();
  if (copied.ok() &&
      !(Flush(unfinished) && rename(unfinished.c_str(), path.c_str()) == 0 && Flush(folder))) {
    copied = ErrorWithReason(absl::StatusCode::kUnavailable, "DATABASE_AWAY",
                             absl::StrCat("cannot write ", path, ": ", ErrnoText()));
  }
  if (!copied.ok()) std::filesystem::remove(unfinished, ignored);
  return copied;
}

}  // namespace narada::control::storage
