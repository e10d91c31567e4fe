#include "mixer/units/srtp_keys.h"

#include <string.h>

#include <algorithm>

namespace narada::mixer {
namespace {

constexpr std::array<SrtpSuiteTraits, kSrtpSuiteCount> kTraits = {{
    {"AES_CM_128_HMAC_SHA1_80", 16, 14, 10, 10, false},
    {"AES_CM_128_HMAC_SHA1_32", 16, 14, 4, 10, false},
    {"AES_256_CM_HMAC_SHA1_80", 32, 14, 10, 10, false},
    {"AES_256_CM_HMAC_SHA1_32", 32, 14, 4, 10, false},
    {"AEAD_AES_128_GCM", 16, 12, 16, 16, true},
    {"AEAD_AES_256_GCM", 32, 12, 16, 16, true},
}};

}  // namespace

const SrtpSuiteTraits& TraitsOf(SrtpSuite suite) noexcept {
  return kTraits[static_cast<size_t>(suite)];
}

std::optional<SrtpSuite> FindSrtpSuite(absl::string_view name) noexcept {
  for (size_t i = 0; i < kTraits.size(); ++i) {
    if (kTraits[i].name == name) return static_cast<SrtpSuite>(i);
  }
  return std::nullopt;
}

void Wipe(std::span<uint8_t> bytes) noexcept { explicit_bzero(bytes.data(), bytes.size()); }

SrtpKeys::SrtpKeys(SrtpSuite suite, std::span<const uint8_t> key_and_salt) noexcept
    : suite_(suite) {
  const size_t size = std::min(key_and_salt.size(), SizeFor(TraitsOf(suite)));
  std::copy_n(key_and_salt.begin(), size, bytes_.begin());
}

std::span<const uint8_t> SrtpKeys::key() const noexcept {
  return {bytes_.data(), TraitsOf(suite_).key_size};
}

std::span<const uint8_t> SrtpKeys::salt() const noexcept {
  return {bytes_.data() + TraitsOf(suite_).key_size, TraitsOf(suite_).salt_size};
}

std::span<const uint8_t> SrtpKeys::key_and_salt() const noexcept {
  return {bytes_.data(), SizeFor(TraitsOf(suite_))};
}

void SrtpKeys::SetIdentifier(std::span<const uint8_t> identifier) noexcept {
  identifier_size_ = static_cast<uint8_t>(std::min(identifier.size(), kIdentifierSizeMax));
  identifier_ = {};
  std::copy_n(identifier.begin(), identifier_size_, identifier_.begin());
}

bool operator==(const SrtpKeys& a, const SrtpKeys& b) noexcept {
  uint8_t difference = 0;
  for (size_t i = 0; i < a.bytes_.size(); ++i) {
    difference = static_cast<uint8_t>(difference | (a.bytes_[i] ^ b.bytes_[i]));
  }
  return difference == 0 && a.suite_ == b.suite_ && a.identifier_size_ == b.identifier_size_ &&
         a.identifier_ == b.identifier_;
}

}  // namespace narada::mixer
