// Keeps secrets that must be checked (Mac) and secrets that must be told again (Seal, Open), so
// that a stolen database file alone gives nothing away: six digits fall to any hash in seconds, so
// what protects them is a key that lives outside the database.
//
//   ASSIGN_OR_RETURN(SecretBox box, SecretBox::FromFile("data/secrets/pin.key"));
//   row.pin_mac = box.Mac("pin", {room.digits(), pin.digits()});       // to check
//   row.pin_sealed = box.Seal("pin", reservation_id, pin.digits());    // to repeat by key or SMS
//
// One file of 32 random bytes (0600), made at the first start; the keys for HMAC-SHA-256, for
// AES-256-GCM and for the fingerprint are derived from it (HKDF), so none is used for two things.
// Values are hex text. Const after construction; any thread.

#ifndef NARADA_CONTROL_STORAGE_SECRET_BOX_H_
#define NARADA_CONTROL_STORAGE_SECRET_BOX_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace narada::control::storage {

class SecretBox {
 public:
  static constexpr int kKeyBytes = 32;
  using Key = std::array<uint8_t, kKeyBytes>;

  explicit SecretBox(const Key& key);

  // Reads the key, or makes the file and its folder if there is none. Errors: FAILED_PRECONDITION /
  // KEY_UNREADABLE, KEY_DAMAGED (not 32 bytes), KEY_EXPOSED (others may read the file,
  // but for a group that root hands it out to).
  static absl::StatusOr<SecretBox> FromFile(const std::string& path);

  // A keyed digest of `parts`, bound to its purpose; parts are delimited, so {"1", "23"} and
  // {"12", "3"} differ. 64 hex digits.
  std::string Mac(absl::string_view purpose, absl::Span<const absl::string_view> parts) const;

  // Encrypts `secret` so that Open gives it back under the same purpose and context only: a sealed
  // PIN copied into another row does not open there.
  std::string Seal(absl::string_view purpose, absl::string_view context,
                   absl::string_view secret) const;
  // Errors: DATA_LOSS / SECRET_UNREADABLE.
  absl::StatusOr<std::string> Open(absl::string_view purpose, absl::string_view context,
                                   absl::string_view sealed) const;

  // Tells keys apart without giving anything away: the database notes it, so that a lost or swapped
  // key file is found at start and not at the first caller.
  std::string Fingerprint() const;

 private:
  Key mac_key_;
  Key seal_key_;
  std::string fingerprint_;
};

// True if both are the same. Its time depends on the lengths alone.
bool EqualInConstantTime(absl::string_view a, absl::string_view b);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_SECRET_BOX_H_
