// Who is logged in to the console. Functions run in a Transaction (database thread) and may throw SOCI's
// exceptions, which Database catches.

#ifndef NARADA_CONTROL_STORAGE_SESSION_TABLE_H_
#define NARADA_CONTROL_STORAGE_SESSION_TABLE_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "control/storage/database.h"

namespace narada::control::storage {

struct SessionRow {
  std::string token_mac;  // Of the cookie (SecretBox::Mac).
  std::string user_name;
  std::string role;
  std::string tenant_id;
  std::string conference_id;
  absl::Time created_at;
  absl::Time expires_at;
};

void InsertSession(Transaction& transaction, const SessionRow& row);
std::optional<SessionRow> FindSession(Transaction& transaction, const std::string& token_mac);
void DeleteSession(Transaction& transaction, const std::string& token_mac);
// Of a user's own log-ins; not those by a moderator's PIN, which are nobody's.
void DeleteSessionsOf(Transaction& transaction, const std::string& user_name);
void DeleteSessionsBefore(Transaction& transaction, absl::Time expired_before);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_SESSION_TABLE_H_
