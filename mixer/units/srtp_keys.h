// A crypto suite of SDP security descriptions and the master key under it (RFC 4568 §6.2, RFC 6188,
// RFC 7714). A value that signaling makes and the transform of mixer/srtp reads.
//   SrtpKeys keys(*FindSrtpSuite("AES_CM_128_HMAC_SHA1_80"), key_and_salt);
// Secret: there is no operator<<, comparison takes the same time wherever the difference is, and
// the destructor wipes the bytes. Any thread; no allocation.
#ifndef NARADA_MIXER_UNITS_SRTP_KEYS_H_
#define NARADA_MIXER_UNITS_SRTP_KEYS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "absl/strings/string_view.h"

namespace narada::mixer {

enum class SrtpSuite : uint8_t {
  kAesCm128HmacSha1Tag80,
  kAesCm128HmacSha1Tag32,
  kAesCm256HmacSha1Tag80,
  kAesCm256HmacSha1Tag32,
  kAeadAes128Gcm,
  kAeadAes256Gcm,
};
inline constexpr size_t kSrtpSuiteCount = 6;

struct SrtpSuiteTraits {
  absl::string_view name;  // As in a=crypto.
  size_t key_size;
  size_t salt_size;
  size_t rtp_tag_size;   // Behind each RTP packet.
  size_t rtcp_tag_size;  // 80 bits for the _32 suites too (RFC 4568 §6.2.2).
  bool is_aead;
};

const SrtpSuiteTraits& TraitsOf(SrtpSuite suite) noexcept;
// Empty for a suite that we do not have: NULL ciphers and F8 among them.
std::optional<SrtpSuite> FindSrtpSuite(absl::string_view name) noexcept;

// Overwrites `bytes` in a way that no compiler leaves out.
void Wipe(std::span<uint8_t> bytes) noexcept;

// The master key of one direction, its salt, and the identifier that its packets may carry.
class SrtpKeys {
 public:
  static constexpr size_t kSizeMax = 46;
  static constexpr size_t kIdentifierSizeMax = 4;

  SrtpKeys() = default;  // Zeroes of the first suite; never used as keys.
  // `key_and_salt` has exactly the size that the suite demands.
  SrtpKeys(SrtpSuite suite, std::span<const uint8_t> key_and_salt) noexcept;
  SrtpKeys(const SrtpKeys&) = default;
  SrtpKeys& operator=(const SrtpKeys&) = default;
  ~SrtpKeys() { Wipe(bytes_); }

  static constexpr size_t SizeFor(const SrtpSuiteTraits& traits) {
    return traits.key_size + traits.salt_size;
  }

  SrtpSuite suite() const noexcept { return suite_; }
  std::span<const uint8_t> key() const noexcept;
  std::span<const uint8_t> salt() const noexcept;
  std::span<const uint8_t> key_and_salt() const noexcept;

  // The MKI (RFC 3711 §3.1) that stands in each packet under this key; empty: none does. At most
  // kIdentifierSizeMax bytes.
  void SetIdentifier(std::span<const uint8_t> identifier) noexcept;
  std::span<const uint8_t> identifier() const noexcept {
    return {identifier_.data(), identifier_size_};
  }

  friend bool operator==(const SrtpKeys& a, const SrtpKeys& b) noexcept;

 private:
  SrtpSuite suite_ = SrtpSuite::kAesCm128HmacSha1Tag80;
  uint8_t identifier_size_ = 0;
  std::array<uint8_t, kIdentifierSizeMax> identifier_ = {};
  std::array<uint8_t, kSizeMax> bytes_ = {};
};

}  // namespace narada::mixer

#endif  // NARADA_MIXER_UNITS_SRTP_KEYS_H_
