// The audit log: who commanded what, and whether it was obeyed. Functions run in a Transaction (database
// thread) and may throw SOCI's exceptions, which Database catches.

#ifndef NARADA_CONTROL_STORAGE_AUDIT_TABLE_H_
#define NARADA_CONTROL_STORAGE_AUDIT_TABLE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "control/storage/database.h"

namespace narada::control::storage {

struct AuditRow {
  std::string id;
  absl::Time at;
  std::string conference_id;
  std::string tenant_id;  // Empty: the on-demand service.
  std::string capacity;   // "operator", "moderator", "participant"
  std::string actor;      // The user, or the participant by number, masked.
  std::string channel;    // "phone", "console", "grpc"
  std::string command;    // "mute_all"
  std::string detail;
  std::string outcome;  // "OK", or the reason why it was refused.
};

void InsertAudit(Transaction& transaction, const AuditRow& row);

struct AuditPlace {
  absl::Time at;
  std::string id;
};
// The newest first; of one tenant or one conference where these are given.
std::vector<AuditRow> ListAudit(Transaction& transaction,
                                const std::optional<std::string>& tenant_id,
                                const std::optional<std::string>& conference_id,
                                const std::optional<AuditPlace>& after, int rows_max);
void DeleteAuditBefore(Transaction& transaction, absl::Time before);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_AUDIT_TABLE_H_
