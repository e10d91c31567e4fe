// The access numbers that are managed by the API; the configuration file's are not here. Database thread.

#ifndef NARADA_CONTROL_STORAGE_ACCESS_NUMBER_TABLE_H_
#define NARADA_CONTROL_STORAGE_ACCESS_NUMBER_TABLE_H_

#include <optional>
#include <string>
#include <vector>

#include "control/model/access_number.h"
#include "control/storage/database.h"

namespace narada::control::storage {

void PutAccessNumber(Transaction& transaction, const AccessNumber& number);
bool DeleteAccessNumber(Transaction& transaction, const std::string& number);
std::optional<AccessNumber> FindAccessNumber(Transaction& transaction, const std::string& number);
// By number, those behind `after`; `tenant_id` nothing: of all, empty: of the on-demand service.
std::vector<AccessNumber> ListAccessNumbers(Transaction& transaction,
                                            const std::optional<std::string>& tenant_id,
                                            const std::string& after, int rows_max);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_ACCESS_NUMBER_TABLE_H_
