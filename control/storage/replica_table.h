// The replicas of control that share the database, and who of them leads which conference. A replica's
// row counts its beats; whoever finds that they have stopped deletes it, and with the row go the leases
// of its conferences. Functions run in a Transaction (database thread) and may throw SOCI's exceptions,
// which Database catches.

#ifndef NARADA_CONTROL_STORAGE_REPLICA_TABLE_H_
#define NARADA_CONTROL_STORAGE_REPLICA_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/storage/database.h"

namespace narada::control::storage {

struct ReplicaRow {
  std::string id;       // Of one life of the process.
  std::string address;  // HOST:PORT of its gRPC, as the others reach it.
  int64_t beat = 0;
};

// Counts one beat more. False: the row is gone, because another replica took this one for dead.
bool BeatReplica(Transaction& transaction, const std::string& id);
void InsertReplica(Transaction& transaction, const ReplicaRow& row);
std::vector<ReplicaRow> ListReplicas(Transaction& transaction);
// Removes it and its leases, unless it has beaten since. Returns whether it did.
bool RemoveReplica(Transaction& transaction, const std::string& id, int64_t beat);

// Who leads the conference under this id (of a reservation or a permanent room): `replica_id` from now
// on, if nobody does.
ReplicaRow ClaimConference(Transaction& transaction, const std::string& conference_key,
                           const std::string& replica_id);
// Nothing: nobody leads it.
std::optional<ReplicaRow> FindConferenceLeader(Transaction& transaction,
                                               const std::string& conference_key);
// Nothing happens if another replica has it.
void ReleaseConference(Transaction& transaction, const std::string& conference_key,
                       const std::string& replica_id);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_REPLICA_TABLE_H_
