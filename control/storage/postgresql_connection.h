// A connection to PostgreSQL, one of a pool.
//
// Each piece of work is a transaction of its own, at REPEATABLE READ: it sees the database as of one
// moment, and if another transaction changed a row that it changes too, PostgreSQL refuses it; then it
// is run again from its beginning, as after a deadlock, or where the server went away before the commit
// was asked for. What this level does not see: two pieces that each read what the other writes, and
// write different rows (counting rows, then adding one). Such pieces write one row in common, such as a
// counter's (throttle) or the number's own (room numbers).
//
// While the server is away, one connection of the pool tries to reach it, twice a second at the most,
// and every piece of the others is answered at once with UNAVAILABLE / DATABASE_AWAY.

#ifndef NARADA_CONTROL_STORAGE_POSTGRESQL_CONNECTION_H_
#define NARADA_CONTROL_STORAGE_POSTGRESQL_CONNECTION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "control/storage/connection.h"

namespace narada::control::storage {

struct PostgresqlOptions {
  // As libpq reads it, list or URI, without a password.
  std::string connection;
  // Read at each connecting, so that it can be changed under a running program. Empty: no password.
  std::string password_file;
  int connections = 8;
};

// What the connections of a pool tell each other about the server. Any thread.
class ServerState {
 public:
  // OK: connect now, and tell how it went. Otherwise the server is away, and somebody knows already.
  absl::Status MayConnect();
  void NoteConnected(const absl::Status& connected);

 private:
  absl::Mutex mutex_;
  absl::Status away_ ABSL_GUARDED_BY(mutex_);  // OK: as far as we know it is there.
  bool is_trying_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time next_try_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

class PostgresqlConnection final : public Connection {
 public:
  PostgresqlConnection(PostgresqlOptions options, std::shared_ptr<ServerState> server);
  ~PostgresqlConnection() override;

  // Connects and migrates, under a lock that every program of ours takes for that.
  absl::Status Open() override;
  size_t pieces_max() const override { return 1; }
  // Connects by itself: only the pool's first connection has to be opened.
  std::vector<absl::Status> Run(absl::Span<Work> pieces) override;
  // Refused, naming pg_dump: that is the tool for it, and its files are the ones that a database
  // administrator's restore begins with. FAILED_PRECONDITION / BACKUP_ELSEWHERE.
  absl::Status Backup(const std::string& path) override;

 private:
  enum class Outcome {
    kFinal,   // Committed, or failed for good.
    kRepeat,  // Taken back because of others; may go well the next time.
    kLost,    // The server went away before the commit was asked for: nothing of it is there.
  };
  struct Attempt {
    Outcome outcome;
    absl::Status status;
  };

  absl::Status RunPiece(Work& piece);
  Attempt TryPiece(Work& piece);
  absl::Status Connect();
  absl::Status ConnectAnew();
  bool IsLost() const;

  const PostgresqlOptions options_;
  const std::shared_ptr<ServerState> server_;
  std::unique_ptr<soci::session> session_;  // Null: not connected.
};

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_POSTGRESQL_CONNECTION_H_
