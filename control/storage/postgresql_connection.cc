#include "control/storage/postgresql_connection.h"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <fstream>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/status.h"
#include "control/storage/migration.h"

namespace narada::control::storage {
namespace {

constexpr absl::Duration kRetryConnecting = absl::Milliseconds(500);
// With the pauses between them these are about a second; then the database is too busy to answer.
constexpr int kAttemptsMax = 12;
constexpr absl::Duration kPauseMax = absl::Milliseconds(200);
// "narada" in ASCII: pg_advisory_lock(this) is held by whoever changes our schema.
constexpr char kMigrationLock[] = "121416921641057";

// What is set unless the operator's connection string says otherwise. Together they bound how long a
// caller waits for a server that does not answer any more.
const std::map<std::string, std::string>& Defaults() {
  static const auto& defaults = *new std::map<std::string, std::string>{
      {"application_name", "narada-control"},
      {"client_encoding", "UTF8"},
      {"connect_timeout", "3"},
      {"keepalives_idle", "5"},
      {"keepalives_interval", "2"},
      {"keepalives_count", "2"},
      {"tcp_user_timeout", "5000"},
      {"target_session_attrs", "read-write"},  // Of several hosts the one that leads.
  };
  return defaults;
}

// Run on each new connection.
constexpr const char* kSettings[] = {
    "SET client_min_messages = warning",
    "SET statement_timeout = '10s'",
    "SET lock_timeout = '5s'",
    // Locks of a replica that froze are given up.
    "SET idle_in_transaction_session_timeout = '10s'",
};

std::string SqlState(const std::exception& exception) {
  const auto* error = dynamic_cast<const soci::postgresql_soci_error*>(&exception);
  return error == nullptr ? "" : error->sqlstate();
}

absl::Status Away(absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kUnavailable, "DATABASE_AWAY", why);
}

// Without values: PostgreSQL tells them in the lines behind the first (DETAIL: Key (name)=(value)), and
// where a value itself is wrong in the first one, too.
absl::Status Translate(const std::exception& exception) {
  const std::string state = SqlState(exception);
  const auto* error = dynamic_cast<const soci::soci_error*>(&exception);
  const std::string whole = error == nullptr ? exception.what() : error->get_error_message();
  if (state.empty() || state[0] == ' ') return Away(absl::StrCat("PostgreSQL: ", whole));
  const std::string message =
      absl::StartsWith(state, "22")
          ? absl::StrCat("PostgreSQL: SQLSTATE ", state)
          : absl::StrCat("PostgreSQL: ", whole.substr(0, whole.find('\n')), " (", state, ")");
  if (absl::StartsWith(state, "23")) {
    return ErrorWithReason(absl::StatusCode::kAlreadyExists, "UNIQUE_VIOLATION", message);
  }
  if (state == "53100") {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "DISK_FULL", message);
  }
  if (absl::StartsWith(state, "XX00") && state != "XX000") {
    return ErrorWithReason(absl::StatusCode::kDataLoss, "DATABASE_DAMAGED", message);
  }
  return Away(message);
}

// Taken back because of what others did meanwhile. A violated key is one of these: on SQLite a piece
// that looked first would have seen the row, and here it does when it is run again.
bool IsWorthRepeating(const std::string& state) {
  return state == "40001" || state == "40P01" || state == "23505";
}

// RFC 3986.
std::string PercentEncoded(const std::string& value) {
  std::string encoded;
  for (const unsigned char c : value) {
    if (absl::ascii_isalnum(c)) {
      encoded.push_back(static_cast<char>(c));
    } else {
      absl::StrAppend(&encoded, "%", absl::Hex(c, absl::kZeroPad2));
    }
  }
  return encoded;
}

// As a URI, because SOCI takes libpq's lists apart at spaces, quoted or not.
absl::StatusOr<std::string> ConnectString(const PostgresqlOptions& options) {
  char* error = nullptr;
  PQconninfoOption* const parsed = PQconninfoParse(options.connection.c_str(), &error);
  if (parsed == nullptr) {
    std::string text = error == nullptr ? "out of memory" : error;
    PQfreemem(error);
    absl::StripTrailingAsciiWhitespace(&text);
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "FIELD_INVALID",
                           absl::StrCat("the connection string of PostgreSQL: ", text));
  }
  std::map<std::string, std::string> values = Defaults();
  for (const PQconninfoOption* option = parsed; option->keyword != nullptr; ++option) {
    if (option->val != nullptr) values[option->keyword] = option->val;
  }
  PQconninfoFree(parsed);
  if (!options.password_file.empty()) {
    std::ifstream file(options.password_file);
    std::string password(std::istreambuf_iterator<char>(file), {});
    while (!password.empty() && (password.back() == '\n' || password.back() == '\r')) {
      password.pop_back();
    }
    if (!file.is_open() || password.empty()) {
      return ErrorWithReason(
          absl::StatusCode::kFailedPrecondition, "PASSWORD_UNREADABLE",
          absl::StrCat(options.password_file, ": the password of PostgreSQL cannot be read"));
    }
    values["password"] = std::move(password);
  }
  std::string uri = "postgresql:///";
  for (const auto& [keyword, value] : values) {
    absl::StrAppend(&uri, uri.back() == '/' ? "?" : "&", keyword, "=", PercentEncoded(value));
  }
  return uri;
}

absl::Status Execute(soci::session& session, const char* sql) {
  return Guarded(
      [&] {
        session << sql;
        return absl::OkStatus();
      },
      Translate);
}

}  // namespace

absl::Status ServerState::MayConnect() {
  absl::MutexLock lock(&mutex_);
  if (away_.ok()) return absl::OkStatus();
  if (is_trying_ || absl::Now() < next_try_) return away_;
  is_trying_ = true;
  return absl::OkStatus();
}

void ServerState::NoteConnected(const absl::Status& connected) {
  absl::MutexLock lock(&mutex_);
  if (connected.ok() && !away_.ok()) LOG_INFO("PostgreSQL is back");
  if (!connected.ok() && away_.ok()) LOG_ERROR("PostgreSQL is away: {}", connected);
  away_ = connected;
  is_trying_ = false;
  next_try_ = absl::Now() + kRetryConnecting;
}

PostgresqlConnection::PostgresqlConnection(PostgresqlOptions options,
                                           std::shared_ptr<ServerState> server)
    : options_(std::move(options)), server_(std::move(server)) {}

PostgresqlConnection::~PostgresqlConnection() = default;

absl::Status PostgresqlConnection::Open() {
  RETURN_IF_ERROR(Connect());
  RETURN_IF_ERROR(
      Execute(*session_, "SET statement_timeout = 0"));  // A large table takes its time.
  RETURN_IF_ERROR(Execute(*session_, "SET lock_timeout = 0"));
  const std::string lock = absl::StrCat("SELECT pg_advisory_lock(", kMigrationLock, ")");
  RETURN_IF_ERROR(Execute(*session_, lock.c_str()));
  const absl::Status migrated = Migrate(*session_, Translate);
  session_.reset();  // Ends the lock and these settings.
  if (!migrated.ok()) return WithContext(migrated, "the PostgreSQL database");
  return Connect();
}

absl::Status PostgresqlConnection::Connect() {
  if (session_ != nullptr && !IsLost()) return absl::OkStatus();
  RETURN_IF_ERROR(server_->MayConnect());
  const absl::Status connected = ConnectAnew();
  server_->NoteConnected(connected);
  return connected;
}

absl::Status PostgresqlConnection::ConnectAnew() {
  session_.reset();
  ASSIGN_OR_RETURN(const std::string connect_string, ConnectString(options_));
  const absl::Status connected = Guarded(
      [&] {
        session_ = std::make_unique<soci::session>(*soci::factory_postgresql(), connect_string);
        for (const char* setting : kSettings) *session_ << setting;
        std::string commit;
        *session_ << "SHOW synchronous_commit", soci::into(commit);
        // What was spoken is to be on the server's disk.
        if (commit == "off") *session_ << "SET synchronous_commit = on";
        return absl::OkStatus();
      },
      Translate);
  if (!connected.ok()) session_.reset();
  return connected;
}

bool PostgresqlConnection::IsLost() const {
  const auto* backend =
      static_cast<const soci::postgresql_session_backend*>(session_->get_backend());
  return PQstatus(backend->conn_) != CONNECTION_OK;
}

std::vector<absl::Status> PostgresqlConnection::Run(absl::Span<Work> pieces) {
  std::vector<absl::Status> results;
  for (Work& piece : pieces) results.push_back(RunPiece(piece));
  return results;
}

absl::Status PostgresqlConnection::RunPiece(Work& piece) {
  static SecureRandom& random = *new SecureRandom;
  absl::Duration pause = absl::Milliseconds(1);
  bool was_lost = false;
  for (int attempt = 1;; ++attempt) {
    RETURN_IF_ERROR(Connect());
    Attempt tried = TryPiece(piece);
    if (tried.outcome == Outcome::kFinal || attempt == kAttemptsMax) return tried.status;
    if (tried.outcome == Outcome::kLost) {
      // Once at once: a server that was started anew has ended all connections.
      if (was_lost) return tried.status;
      was_lost = true;
      continue;
    }
    // Random, so that those who met do not meet again.
    absl::SleepFor(pause * (0.5 + 0.5 * static_cast<double>(random.Below(1000)) / 1000));
    pause = std::min(2 * pause, kPauseMax);
  }
}

PostgresqlConnection::Attempt PostgresqlConnection::TryPiece(Work& piece) {
  soci::session& session = *session_;
  std::string state;  // Of what the statements threw.
  const auto translate = [&](const std::exception& exception) {
    state = SqlState(exception);
    return Translate(exception);
  };
  Transaction transaction(session);
  absl::Status result = Execute(session, "BEGIN ISOLATION LEVEL REPEATABLE READ");
  if (result.ok()) result = Guarded([&] { return piece(transaction); }, translate);
  if (!result.ok()) {
    if (!IsLost()) (void)Execute(session, "ROLLBACK");
    if (IsLost()) return {Outcome::kLost, std::move(result)};
    return {IsWorthRepeating(state) ? Outcome::kRepeat : Outcome::kFinal, std::move(result)};
  }
  result = Guarded(
      [&] {
        session << "COMMIT";
        return absl::OkStatus();
      },
      translate);
  // An answer that was lost may have been a yes, so this piece is not run again.
  const bool is_taken_back = !result.ok() && !IsLost();
  return {is_taken_back && IsWorthRepeating(state) ? Outcome::kRepeat : Outcome::kFinal,
          std::move(result)};
}

absl::Status PostgresqlConnection::Backup(const std::string&) {
  return ErrorWithReason(
      absl::StatusCode::kFailedPrecondition, "BACKUP_ELSEWHERE",
      "the database is PostgreSQL, which is backed up by its own tools, where it runs: pg_dump "
      "--format=custom --file=narada.dump narada; docs/storage.md says how to restore it");
}

}  // namespace narada::control::storage
