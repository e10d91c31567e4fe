// The one connection to an SQLite file.
//
// Why one: SQLite 3.40, which Debian 12 packages, can corrupt a write-ahead log when two connections
// race a checkpoint (sqlite.org/wal.html, "the WAL-reset bug"). So one process opens the file for
// writing (a lock beside the file turns a second one away), through one connection on one thread, and
// that connection alone checkpoints. Anybody else opens it with `mode=ro`.
//
// Pieces that are run together share one commit, so that a hundred callers who reserve at once cost a
// few flushes and not a hundred; a piece that fails takes only itself back.

#ifndef NARADA_CONTROL_STORAGE_SQLITE_CONNECTION_H_
#define NARADA_CONTROL_STORAGE_SQLITE_CONNECTION_H_

#include <memory>
#include <string>
#include <vector>

#include "control/storage/connection.h"

namespace narada::control::storage {

class SqliteConnection final : public Connection {
 public:
  explicit SqliteConnection(std::string path);
  ~SqliteConnection() override;

  absl::Status Open() override;
  size_t pieces_max() const override;
  std::vector<absl::Status> Run(absl::Span<Work> pieces) override;
  // Copied to the side first, then renamed: a file of the name is whole.
  absl::Status Backup(const std::string& path) override;

 private:
  class Lock;  // Held on the file beside the database for as long as we live.

  const std::string path_;
  std::unique_ptr<Lock> lock_;
  std::unique_ptr<soci::session> session_;
};

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_SQLITE_CONNECTION_H_
