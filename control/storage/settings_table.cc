#include "control/storage/settings_table.h"

#include <soci/soci.h>

#include "base/status.h"

namespace narada::control::storage {

std::optional<std::string> FindSetting(Transaction& transaction, const std::string& name) {
  std::string value;
  transaction.sql() << "SELECT value FROM settings WHERE name = :name", soci::use(name),
      soci::into(value);
  if (!transaction.sql().got_data()) return std::nullopt;
  return value;
}

void PutSetting(Transaction& transaction, const std::string& name, const std::string& value) {
  transaction.sql() << "INSERT INTO settings (name, value) VALUES (:name, :value) "
                       "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      soci::use(name), soci::use(value);
}

absl::Status BindToKey(Database& database, const SecretBox& secrets) {
  return database.Run([&](Transaction& transaction) {
    const std::optional<std::string> known = FindSetting(transaction, "pin_key_fingerprint");
    if (!known) PutSetting(transaction, "pin_key_fingerprint", secrets.Fingerprint());
    if (!known || *known == secrets.Fingerprint()) return absl::OkStatus();
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "KEY_MISMATCH",
                           "the PIN key is not the one that this database was made with, so no PIN "
                           "in it could be checked; restore secrets/pin.key");
  });
}

}  // namespace narada::control::storage
