// Address books. Functions run in a Transaction (database thread) and may throw SOCI's exceptions, which
// Database catches.

#ifndef NARADA_CONTROL_STORAGE_CONTACT_TABLE_H_
#define NARADA_CONTROL_STORAGE_CONTACT_TABLE_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "control/storage/database.h"

namespace narada::control::storage {

struct ContactRow {
  std::string id;
  std::string tenant_id;  // Empty: the operators' own book.
  std::string name;
  std::string number;  // E.164.
  std::string group;
  absl::Time created_at;
};

// Inserts the row, or gives the one of this tenant and number its name and group. Returns its id.
std::string PutContact(Transaction& transaction, const ContactRow& row);
// In the order of their ids, behind `after_id`.
std::vector<ContactRow> ListContacts(Transaction& transaction, const std::string& tenant_id,
                                     const std::string& after_id, int contacts_max);
int CountContacts(Transaction& transaction, const std::string& tenant_id);
// False if this tenant has no such contact.
bool DeleteContact(Transaction& transaction, const std::string& tenant_id, const std::string& id);
// Of every book: what is known of a person.
void DeleteContactsOf(Transaction& transaction, const std::string& number);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_CONTACT_TABLE_H_
