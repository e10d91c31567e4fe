// From a master key to the keys of one protocol's packets (RFC 3711 §4.3; AES-256: RFC 6188 §2;
// AEAD suites: RFC 7714 §11), with a key derivation rate of zero, as SDP's default is.
//   const SessionKeys keys = DeriveSessionKeys(master, Protocol::kRtp);
// Wiped when freed. Off the worker; does not allocate.
#ifndef NARADA_MIXER_SRTP_KEY_DERIVATION_H_
#define NARADA_MIXER_SRTP_KEY_DERIVATION_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "mixer/units/srtp_keys.h"

namespace narada::mixer::srtp {

enum class Protocol : uint8_t { kRtp, kRtcp };

inline constexpr size_t kAuthenticationKeySize = 20;  // Of HMAC-SHA1 (RFC 3711 §5.2).
inline constexpr size_t kSaltSizeMax = 14;

struct SessionKeys {
  SessionKeys() = default;
  SessionKeys(const SessionKeys&) = default;
  SessionKeys& operator=(const SessionKeys&) = default;
  ~SessionKeys();

  std::array<uint8_t, 32> encryption = {};                          // The suite's key size of it.
  std::array<uint8_t, kAuthenticationKeySize> authentication = {};  // Not of AEAD suites.
  std::array<uint8_t, kSaltSizeMax> salt = {};                      // The suite's salt size of it.
};

// A number for these keys that nobody can go back from; never zero.
uint64_t FingerprintOf(const SrtpKeys& master) noexcept;

SessionKeys DeriveSessionKeys(const SrtpKeys& master, Protocol protocol) noexcept;

}  // namespace narada::mixer::srtp

#endif  // NARADA_MIXER_SRTP_KEY_DERIVATION_H_
