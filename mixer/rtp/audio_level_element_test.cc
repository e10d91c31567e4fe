#include "mixer/rtp/audio_level_element.h"

#include <gtest/gtest.h>

#include <vector>

namespace narada::mixer::rtp {
namespace {

std::optional<AudioLevelElement> Parse(const std::vector<uint8_t>& bytes) {
  return AudioLevelElement::Parse(bytes);
}

TEST(AudioLevelElement, IsALevelAndAFlag) {
  EXPECT_EQ(Parse({0xa3})->level_dbov, -35);
  EXPECT_TRUE(Parse({0xa3})->is_voice);
  EXPECT_EQ(Parse({0x7f})->level_dbov, -127);
  EXPECT_FALSE(Parse({0x7f})->is_voice);
  EXPECT_EQ(Parse({0x00})->level_dbov, 0);
}

TEST(AudioLevelElement, IsOneByte) {
  EXPECT_FALSE(Parse({}).has_value());
  EXPECT_FALSE(Parse({0x7f, 0x7f}).has_value());
}

}  // namespace
}  // namespace narada::mixer::rtp
