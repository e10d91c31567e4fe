#include "mixer/srtp/key_derivation.h"

#include <nettle/aes.h>
#include <nettle/ctr.h>
#include <nettle/sha2.h>

#include <algorithm>
#include <span>

#include "mixer/srtp/bytes.h"

namespace narada::mixer::srtp {
namespace {

// RFC 3711 §4.3.1 and §4.3.2.
enum Label : uint8_t { kEncryption = 0, kAuthentication = 1, kSalt = 2 };
constexpr uint8_t kRtcpLabels = 3;

// The first `out.size()` bytes of AES-CM under the master key, from the salt and the label.
void Derive(const SrtpKeys& master, uint8_t label, std::span<uint8_t> out) noexcept {
  std::array<uint8_t, AES_BLOCK_SIZE> counter = {};
  // Shorter salts are filled with zeroes behind (RFC 7714 §11).
  std::copy(master.salt().begin(), master.salt().end(), counter.begin());
  counter[7] ^= label;  // The label's place in 112 bits, with 48 bits of index zero below it.
  std::fill(out.begin(), out.end(), uint8_t{0});
  if (master.key().size() == AES256_KEY_SIZE) {
    aes256_ctx aes;
    aes256_set_encrypt_key(&aes, master.key().data());
    ctr_crypt(&aes, reinterpret_cast<nettle_cipher_func*>(aes256_encrypt), counter.size(),
              counter.data(), out.size(), out.data(), out.data());
    Wipe({reinterpret_cast<uint8_t*>(&aes), sizeof(aes)});
  } else {
    aes128_ctx aes;
    aes128_set_encrypt_key(&aes, master.key().data());
    ctr_crypt(&aes, reinterpret_cast<nettle_cipher_func*>(aes128_encrypt), counter.size(),
              counter.data(), out.size(), out.data(), out.data());
    Wipe({reinterpret_cast<uint8_t*>(&aes), sizeof(aes)});
  }
}

}  // namespace

SessionKeys::~SessionKeys() {
  Wipe(encryption);
  Wipe(authentication);
  Wipe(salt);
}

uint64_t FingerprintOf(const SrtpKeys& master) noexcept {
  sha256_ctx sha;
  sha256_init(&sha);
  sha256_update(&sha, master.key_and_salt().size(), master.key_and_salt().data());
  std::array<uint8_t, sizeof(uint64_t)> digest;
  sha256_digest(&sha, digest.size(), digest.data());
  Wipe({reinterpret_cast<uint8_t*>(&sha), sizeof(sha)});
  return (uint64_t{ReadU32(digest.data())} << 32 | ReadU32(digest.data() + 4)) | 1;
}

SessionKeys DeriveSessionKeys(const SrtpKeys& master, Protocol protocol) noexcept {
  const SrtpSuiteTraits& traits = TraitsOf(master.suite());
  const uint8_t first = protocol == Protocol::kRtcp ? kRtcpLabels : 0;
  SessionKeys keys;
  Derive(master, first + kEncryption, std::span(keys.encryption).first(traits.key_size));
  if (!traits.is_aead) Derive(master, first + kAuthentication, keys.authentication);
  Derive(master, first + kSalt, std::span(keys.salt).first(traits.salt_size));
  return keys;
}

}  // namespace narada::mixer::srtp
