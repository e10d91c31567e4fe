#include "mixer/units/srtp_keys.h"

#include <new>
#include <type_traits>
#include <vector>

#include "gtest/gtest.h"

namespace narada::mixer {
namespace {

TEST(SrtpKeys, SuitesAreFoundByTheirRegisteredNames) {
  for (size_t i = 0; i < kSrtpSuiteCount; ++i) {
    const auto suite = static_cast<SrtpSuite>(i);
    EXPECT_EQ(FindSrtpSuite(TraitsOf(suite).name), suite);
    EXPECT_LE(SrtpKeys::SizeFor(TraitsOf(suite)), SrtpKeys::kSizeMax);
  }
}

// V05: a cipher that encrypts nothing is not ours.
TEST(SrtpKeys, NoSuiteEncryptsNothing) {
  EXPECT_FALSE(FindSrtpSuite("NULL_HMAC_SHA1_80").has_value());
  EXPECT_FALSE(FindSrtpSuite("F8_128_HMAC_SHA1_80").has_value());
  EXPECT_FALSE(FindSrtpSuite("aes_cm_128_hmac_sha1_80").has_value());
  EXPECT_FALSE(FindSrtpSuite("").has_value());
}

TEST(SrtpKeys, AreEqualOnlyIfEveryByteIs) {
  std::vector<uint8_t> bytes(30, 7);
  const SrtpKeys keys(SrtpSuite::kAesCm128HmacSha1Tag80, bytes);
  EXPECT_TRUE(keys == SrtpKeys(SrtpSuite::kAesCm128HmacSha1Tag80, bytes));
  EXPECT_FALSE(keys == SrtpKeys(SrtpSuite::kAesCm128HmacSha1Tag32, bytes));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::vector<uint8_t> other = bytes;
    other[i] ^= 1;
    EXPECT_FALSE(keys == SrtpKeys(SrtpSuite::kAesCm128HmacSha1Tag80, other)) << i;
  }
}

TEST(SrtpKeys, AreWipedWhenFreed) {
  const std::vector<uint8_t> bytes(46, 0xa5);
  alignas(SrtpKeys) std::array<uint8_t, sizeof(SrtpKeys)> memory = {};
  auto* const keys = new (memory.data()) SrtpKeys(SrtpSuite::kAesCm256HmacSha1Tag80, bytes);
  keys->~SrtpKeys();
  for (const uint8_t byte : memory) EXPECT_NE(byte, 0xa5);
}

}  // namespace
}  // namespace narada::mixer
