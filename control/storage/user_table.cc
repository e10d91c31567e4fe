#include "control/storage/user_table.h"

#include <soci/soci.h>

#include "control/storage/rows.h"

namespace narada::control::storage {
namespace {

constexpr char kColumns[] = "name, tenant_id, role, password_hash, created_at";

std::string RoleName(UserRole role) {
  switch (role) {
    case UserRole::kModerator:
      return "moderator";
    case UserRole::kTenantManager:
      return "tenant_manager";
    case UserRole::kOperator:
      return "operator";
  }
  return "moderator";
}

// A role that is not known is the one with the fewest rights.
UserRole RoleNamed(const std::string& name) {
  if (name == "operator") return UserRole::kOperator;
  if (name == "tenant_manager") return UserRole::kTenantManager;
  return UserRole::kModerator;
}

UserRow FromRow(const soci::row& row) {
  return {.user = {.name = row.get<std::string>(0),
                   .tenant_id = OptionalTextAt(row, 1).value_or(""),
                   .role = RoleNamed(row.get<std::string>(2)),
                   .created_at = TimeAt(row, 4)},
          .password_hash = row.get<std::string>(3)};
}

}  // namespace

void PutUser(Transaction& transaction, const UserRow& row) {
  const User& user = row.user;
  Nullable<std::string> tenant =
      ToSql(user.tenant_id.empty() ? std::nullopt : std::optional<std::string>(user.tenant_id));
  const std::string role = RoleName(user.role);
  const long long created_at = ToSql(user.created_at);
  transaction.sql() << "INSERT INTO users (name, tenant_id, role, password_hash, created_at) "
                       "VALUES (:name, :tenant, :role, :hash, :created) "
                       "ON CONFLICT (name) DO UPDATE SET tenant_id = excluded.tenant_id, "
                       "role = excluded.role, password_hash = excluded.password_hash",
      soci::use(user.name), soci::use(tenant.value, tenant.indicator), soci::use(role),
      soci::use(row.password_hash), soci::use(created_at);
}

bool DeleteUser(Transaction& transaction, const std::string& name) {
  soci::statement erase =
      (transaction.sql().prepare << "DELETE FROM users WHERE name = :name", soci::use(name));
  erase.execute(true);
  return erase.get_affected_rows() == 1;
}

std::optional<UserRow> FindUser(Transaction& transaction, const std::string& name) {
  soci::row row;
  transaction.sql() << "SELECT " << kColumns << " FROM users WHERE name = :name", soci::use(name),
      soci::into(row);
  if (!transaction.sql().got_data()) return std::nullopt;
  return FromRow(row);
}

std::vector<UserRow> ListUsers(Transaction& transaction,
                               const std::optional<std::string>& tenant_id,
                               const std::string& after, int rows_max) {
  const int is_all = !tenant_id;
  const std::string tenant = tenant_id.value_or("");
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare
           << "SELECT " << kColumns
           << " FROM users WHERE name > :after AND (:all = 1 OR coalesce(tenant_id, '') = :tenant) "
              "ORDER BY name LIMIT :rows",
       soci::use(after), soci::use(is_all), soci::use(tenant), soci::use(rows_max));
  std::vector<UserRow> result;
  for (const soci::row& row : rows) result.push_back(FromRow(row));
  return result;
}

}  // namespace narada::control::storage
