// Who may log in, with the hashes of their passwords. Database thread.

#ifndef NARADA_CONTROL_STORAGE_USER_TABLE_H_
#define NARADA_CONTROL_STORAGE_USER_TABLE_H_

#include <optional>
#include <string>
#include <vector>

#include "control/model/account.h"
#include "control/storage/database.h"

namespace narada::control::storage {

struct UserRow {
  User user;
  std::string password_hash;
};
void PutUser(Transaction& transaction, const UserRow& row);
bool DeleteUser(Transaction& transaction, const std::string& name);
std::optional<UserRow> FindUser(Transaction& transaction, const std::string& name);
// By name, those behind `after`; `tenant_id` nothing: of all, empty: operators.
std::vector<UserRow> ListUsers(Transaction& transaction,
                               const std::optional<std::string>& tenant_id,
                               const std::string& after, int rows_max);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_USER_TABLE_H_
