#include "control/accounts/password_hasher.h"

#include <sodium.h>

#include "base/check.h"

namespace narada::control::accounts {
namespace {

unsigned long long Operations(PasswordHasher::Cost cost) {
  return cost == PasswordHasher::Cost::kLeast ? crypto_pwhash_OPSLIMIT_MIN
                                              : crypto_pwhash_OPSLIMIT_INTERACTIVE;
}

size_t Memory(PasswordHasher::Cost cost) {
  return cost == PasswordHasher::Cost::kLeast ? crypto_pwhash_MEMLIMIT_MIN
                                              : crypto_pwhash_MEMLIMIT_INTERACTIVE;
}

}  // namespace

PasswordHasher::PasswordHasher(Cost cost) : cost_(cost) {
  CHECK(sodium_init() >= 0) << "libsodium cannot be used on this machine";
  decoy_ = Hash("nobody's");
}

std::string PasswordHasher::Hash(absl::string_view password) {
  absl::MutexLock lock(&mutex_);
  char hash[crypto_pwhash_STRBYTES] = {};
  const int made = crypto_pwhash_str_alg(hash, password.data(), password.size(), Operations(cost_),
                                         Memory(cost_), crypto_pwhash_ALG_ARGON2ID13);
  CHECK(made == 0) << "no memory is left to hash a password";
  return hash;
}

bool PasswordHasher::Matches(absl::string_view password, const std::string& hash) {
  absl::MutexLock lock(&mutex_);
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

void PasswordHasher::PretendToMatch(absl::string_view password) { (void)Matches(password, decoy_); }

}  // namespace narada::control::accounts
