#include "mixer/sdp/crypto_attribute.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace narada::mixer::sdp {
namespace {

constexpr char kKey[] = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";  // RFC 4568 §9.2; 30 bytes.

CryptoLine Line(absl::string_view behind_the_suite) {
  const std::optional<CryptoLine> line =
      ParseCryptoAttribute(absl::StrCat("1 AES_CM_128_HMAC_SHA1_80 ", behind_the_suite));
  EXPECT_TRUE(line.has_value()) << behind_the_suite;
  return line.value_or(CryptoLine());
}

std::string Refusal(absl::string_view behind_the_suite) {
  const CryptoLine line = Line(behind_the_suite);
  EXPECT_FALSE(line.keys.has_value()) << behind_the_suite;
  EXPECT_FALSE(line.refusal.empty()) << behind_the_suite;
  EXPECT_FALSE(absl::StrContains(line.refusal, "d0Rm")) << "a key in a message";
  return line.refusal;
}

TEST(CryptoAttribute, IsReadAndWrittenAlike) {
  const std::string text = absl::StrCat("7 AES_CM_128_HMAC_SHA1_80 inline:", kKey);
  const std::optional<CryptoLine> line = ParseCryptoAttribute(text);
  ASSERT_TRUE(line.has_value() && line->keys.has_value());
  EXPECT_EQ(line->tag, 7u);
  EXPECT_EQ(line->keys->key()[0], 'w');
  EXPECT_EQ(FormatCryptoAttribute(7, *line->keys), text);
}

TEST(CryptoAttribute, EverySuiteDemandsTheSizeOfItsKey) {
  for (size_t i = 0; i < kSrtpSuiteCount; ++i) {
    const auto suite = static_cast<SrtpSuite>(i);
    const std::vector<uint8_t> bytes(SrtpKeys::SizeFor(TraitsOf(suite)), 0x5a);
    const std::string text = FormatCryptoAttribute(1, SrtpKeys(suite, bytes));
    const std::optional<CryptoLine> line = ParseCryptoAttribute(text);
    ASSERT_TRUE(line.has_value() && line->keys.has_value()) << text;
    EXPECT_TRUE(*line->keys == SrtpKeys(suite, bytes));
    EXPECT_FALSE(ParseCryptoAttribute(absl::StrCat(text, "AAAA"))->keys.has_value());
  }
}

TEST(CryptoAttribute, TakesLifetimeAndIdentifier) {
  for (const char* parameters : {"|2^20", "|1048576", "|2^48", "|2^31|1:4", "|1:1", "|255:1"}) {
    EXPECT_TRUE(Line(absl::StrCat("inline:", kKey, parameters)).keys.has_value()) << parameters;
  }
  const SrtpKeys keys = *Line(absl::StrCat("inline:", kKey, "|2^20|258:4")).keys;
  EXPECT_EQ(std::vector<uint8_t>(keys.identifier().begin(), keys.identifier().end()),
            (std::vector<uint8_t>{0, 0, 1, 2}));
  EXPECT_TRUE(Line(absl::StrCat("inline:", kKey)).keys->identifier().empty());
}

TEST(CryptoAttribute, RefusesByNameWhatItCannotDo) {
  const std::string key = absl::StrCat("inline:", kKey);
  EXPECT_TRUE(absl::StrContains(Refusal(key + " KDR=1"), "KDR"));
  EXPECT_TRUE(absl::StrContains(Refusal(key + ";" + key), "several"));
  EXPECT_TRUE(absl::StrContains(Refusal(key + "|2^20|1:5"), "MKI"));
  EXPECT_TRUE(absl::StrContains(Refusal(key + "|2^20|256:1"), "MKI"));
  EXPECT_TRUE(absl::StrContains(Refusal(key + "|2^20|1:0"), "MKI"));
  EXPECT_TRUE(absl::StrContains(Refusal(key + "|2^49"), "lifetime"));
  EXPECT_TRUE(absl::StrContains(Refusal(key + "|0"), "lifetime"));
  EXPECT_TRUE(absl::StrContains(Refusal(key + "|2^20|1:4|more"), "parameters"));
  EXPECT_TRUE(absl::StrContains(Refusal(key + " FEC_ORDER=FEC_SRTP"), "FEC_ORDER"));
  EXPECT_TRUE(absl::StrContains(Refusal(key + " NEW=1"), "session parameter"));
  EXPECT_TRUE(absl::StrContains(Refusal("uri:https://k"), "inline"));
  EXPECT_TRUE(absl::StrContains(Refusal("inline:c2VjcmV0"), "size"));
  EXPECT_TRUE(absl::StrContains(Refusal("inline:***"), "base64"));
}

// V05: lines that take protection off, or a cipher that encrypts nothing.
TEST(CryptoAttribute, RefusesWhatTakesProtectionOff) {
  const std::string key = absl::StrCat("inline:", kKey);
  for (const char* parameter : {"UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP", "UNAUTHENTICATED_SRTP"}) {
    EXPECT_TRUE(absl::StrContains(Refusal(absl::StrCat(key, " ", parameter)), parameter));
  }
  EXPECT_FALSE(ParseCryptoAttribute(absl::StrCat("1 NULL_HMAC_SHA1_80 ", key))->keys.has_value());
  EXPECT_FALSE(ParseCryptoAttribute(absl::StrCat("1 F8_128_HMAC_SHA1_80 ", key))->keys.has_value());
}

TEST(CryptoAttribute, IgnoresWhatMayBeIgnored) {
  EXPECT_TRUE(Line(absl::StrCat("inline:", kKey, " KDR=0 WSH=64 -HINT=1")).keys.has_value());
}

// V05: tags have nine digits at the most (a peer of ours once kept them in an array of 64).
TEST(CryptoAttribute, TagsThatAreNoneMakeNoLine) {
  for (const char* tag : {"1000000000", "-1", "x", "0x1", "99999999999999999999", ""}) {
    EXPECT_FALSE(ParseCryptoAttribute(absl::StrCat(tag, " AES_CM_128_HMAC_SHA1_80 inline:", kKey)))
        << tag;
  }
  EXPECT_EQ(
      ParseCryptoAttribute(absl::StrCat("999999999 AES_CM_128_HMAC_SHA1_80 inline:", kKey))->tag,
      999'999'999u);
}

}  // namespace
}  // namespace narada::mixer::sdp
