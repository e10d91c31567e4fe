#include "control/storage/contact_table.h"

#include <soci/soci.h>

#include "control/storage/rows.h"

namespace narada::control::storage {

std::string PutContact(Transaction& transaction, const ContactRow& row) {
  const long long created_at = ToSql(row.created_at);
  transaction.sql() << "INSERT INTO contacts (id, tenant_id, name, number, group_name, created_at) "
                       "VALUES (:id, :tenant, :name, :number, :grp, :created) "
                       "ON CONFLICT (tenant_id, number) DO UPDATE SET name = excluded.name, "
                       "group_name = excluded.group_name",
      soci::use(row.id), soci::use(row.tenant_id), soci::use(row.name), soci::use(row.number),
      soci::use(row.group), soci::use(created_at);
  std::string id;
  transaction.sql() << "SELECT id FROM contacts WHERE tenant_id = :tenant AND number = :number",
      soci::use(row.tenant_id), soci::use(row.number), soci::into(id);
  return id;
}

std::vector<ContactRow> ListContacts(Transaction& transaction, const std::string& tenant_id,
                                     const std::string& after_id, int contacts_max) {
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare
           << "SELECT id, name, number, group_name, created_at FROM contacts WHERE tenant_id = "
              ":tenant AND id > :after ORDER BY id LIMIT :max",
       soci::use(tenant_id), soci::use(after_id), soci::use(contacts_max));
  std::vector<ContactRow> contacts;
  for (const soci::row& row : rows) {
    contacts.push_back({.id = row.get<std::string>(0),
                        .tenant_id = tenant_id,
                        .name = row.get<std::string>(1),
                        .number = row.get<std::string>(2),
                        .group = row.get<std::string>(3),
                        .created_at = TimeAt(row, 4)});
  }
  return contacts;
}

int CountContacts(Transaction& transaction, const std::string& tenant_id) {
  int count = 0;
  transaction.sql() << "SELECT COUNT(*) FROM contacts WHERE tenant_id = :tenant",
      soci::use(tenant_id), soci::into(count);
  return count;
}

bool DeleteContact(Transaction& transaction, const std::string& tenant_id, const std::string& id) {
  int count = 0;
  transaction.sql() << "SELECT COUNT(*) FROM contacts WHERE tenant_id = :tenant AND id = :id",
      soci::use(tenant_id), soci::use(id), soci::into(count);
  transaction.sql() << "DELETE FROM contacts WHERE tenant_id = :tenant AND id = :id",
      soci::use(tenant_id), soci::use(id);
  return count > 0;
}

void DeleteContactsOf(Transaction& transaction, const std::string& number) {
  transaction.sql() << "DELETE FROM contacts WHERE number = :number", soci::use(number);
}

}  // namespace narada::control::storage
