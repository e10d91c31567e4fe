#include "tests/phone/g711.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace narada::phone {
namespace {

TEST(PhoneG711, EveryCodeSurvivesDecodingAndEncoding) {
  for (int code = 0; code < 256; ++code) {
    EXPECT_EQ(EncodeAlaw(DecodeAlaw(static_cast<uint8_t>(code))), code);
    // µ-law has two zeros; the negative one comes back as the positive.
    if (code != 0x7F) {
      EXPECT_EQ(EncodeUlaw(DecodeUlaw(static_cast<uint8_t>(code))), code);
    }
  }
}

TEST(PhoneG711, KnownValuesOfTheRecommendation) {
  EXPECT_EQ(EncodeAlaw(0), 0xD5);
  EXPECT_EQ(EncodeUlaw(0), 0xFF);
  EXPECT_EQ(DecodeAlaw(0xAA), 32256);  // The loudest: 4032 of 4096.
  EXPECT_EQ(DecodeUlaw(0x80), 32124);  // 8031 of 8192.
  EXPECT_EQ(DecodeAlaw(0x2A), -32256);
  EXPECT_EQ(DecodeUlaw(0x00), -32124);
}

TEST(PhoneG711, ErrorIsAtMostHalfAStep) {
  for (int sample = -32768; sample <= 32767; ++sample) {
    const int error = DecodeAlaw(EncodeAlaw(static_cast<int16_t>(sample))) - sample;
    EXPECT_LE(std::abs(error), std::max(16, std::abs(sample) / 32 + 1)) << sample;
  }
}

}  // namespace
}  // namespace narada::phone
