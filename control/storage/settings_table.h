// Facts about the whole database, by name.

#ifndef NARADA_CONTROL_STORAGE_SETTINGS_TABLE_H_
#define NARADA_CONTROL_STORAGE_SETTINGS_TABLE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "control/storage/database.h"
#include "control/storage/secret_box.h"

namespace narada::control::storage {

std::optional<std::string> FindSetting(Transaction& transaction, const std::string& name);
void PutSetting(Transaction& transaction, const std::string& name, const std::string& value);

// Ties an empty database to its key, and later finds out at start, instead of at the first caller, that
// the key is another one. FAILED_PRECONDITION / KEY_MISMATCH.
absl::Status BindToKey(Database& database, const SecretBox& secrets);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_SETTINGS_TABLE_H_
