// Passwords as they are kept: argon2id with a salt of its own (libsodium's crypto_pwhash_str), so that
// a stolen table costs an attacker memory and time for each guess at each user.
//   PasswordHasher hasher;                         // about 0.1 s and 64 MiB for each Hash or Matches
//   std::string kept = hasher.Hash("correct horse");   // "$argon2id$v=19$m=65536,t=2,p=1$..."
//   hasher.Matches("correct horse", kept)              // true
// Any thread; one at a time, so that many who log in at once do not take the machine's memory.

#ifndef NARADA_CONTROL_ACCOUNTS_PASSWORD_HASHER_H_
#define NARADA_CONTROL_ACCOUNTS_PASSWORD_HASHER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace narada::control::accounts {

class PasswordHasher {
 public:
  enum class Cost {
    kInteractive,  // For people who wait for it.
    kLeast,        // For tests: a millisecond.
  };
  static constexpr size_t kPasswordMin = 8;
  static constexpr size_t kPasswordMax = 128;  // Bytes.

  explicit PasswordHasher(Cost cost = Cost::kInteractive);

  std::string Hash(absl::string_view password);
  bool Matches(absl::string_view password, const std::string& hash);
  // Takes as long as Matches with a hash of ours: for a user that there is not.
  void PretendToMatch(absl::string_view password);

 private:
  const Cost cost_;
  std::string decoy_;
  absl::Mutex mutex_;
};

}  // namespace narada::control::accounts

#endif  // NARADA_CONTROL_ACCOUNTS_PASSWORD_HASHER_H_
