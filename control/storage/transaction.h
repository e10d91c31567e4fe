// What the tables of this folder write through: the inside of one transaction.

#ifndef NARADA_CONTROL_STORAGE_TRANSACTION_H_
#define NARADA_CONTROL_STORAGE_TRANSACTION_H_

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

namespace soci {
class session;
}

namespace narada::control::storage {

// The only place that lets SOCI out. A database's thread.
class Transaction {
 public:
  explicit Transaction(soci::session& session) : session_(session) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  soci::session& sql() { return session_; }

 private:
  soci::session& session_;
};

// A piece of work: reads and writes rows, and says whether they are to stay. It may be run again, from
// the beginning and on a fresh transaction (PostgreSQL: a conflict with another replica), so whatever it
// leaves outside the database must come out the same then.
using Work = absl::AnyInvocable<absl::Status(Transaction&)>;

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_TRANSACTION_H_
