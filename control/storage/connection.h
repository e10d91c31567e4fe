// One connection to a database, with all that differs between SQLite and PostgreSQL: how it is opened,
// what its errors mean, how pieces of work become transactions, how a backup is made. One thread at a
// time uses it.

#ifndef NARADA_CONTROL_STORAGE_CONNECTION_H_
#define NARADA_CONTROL_STORAGE_CONNECTION_H_

#include <cstddef>
#include <exception>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "control/storage/transaction.h"

namespace narada::control::storage {

class Connection {
 public:
  virtual ~Connection() = default;

  // Connects, checks, and brings the schema to this program's version. Errors as of Database::Open.
  virtual absl::Status Open() = 0;

  // How many pieces one call of Run takes at the most.
  virtual size_t pieces_max() const = 0;

  // Runs pieces in order, each of them whole or not at all; gives each one's fate. Errors as of
  // Database::Run.
  virtual std::vector<absl::Status> Run(absl::Span<Work> pieces) = 0;

  // A consistent copy of everything, as a new file. Errors as of Database::Backup.
  virtual absl::Status Backup(const std::string& path) = 0;
};

// Calls `code`, which may throw what SOCI throws; `translate` makes that a status.
template <typename Code, typename Translate>
absl::Status Guarded(Code&& code, Translate&& translate) {
  try {
    return code();
  } catch (const std::exception& exception) {
    return translate(exception);
  }
}

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_CONNECTION_H_
