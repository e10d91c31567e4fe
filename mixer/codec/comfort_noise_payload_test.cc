#include "mixer/codec/comfort_noise_payload.h"

#include <gtest/gtest.h>

#include <vector>

namespace narada::mixer::codec {
namespace {

TEST(ComfortNoisePayload, IsALevelAlone) {
  const uint8_t payload[] = {61};
  const auto noise = ComfortNoise::Parse(payload);
  ASSERT_TRUE(noise.ok());
  EXPECT_EQ(noise->level_dbov, -61);
  EXPECT_EQ(noise->order, 0u);
}

TEST(ComfortNoisePayload, IgnoresTheLeadingBitOfTheLevel) {
  const uint8_t payload[] = {0x80 | 50};
  EXPECT_EQ(ComfortNoise::Parse(payload)->level_dbov, -50);
}

TEST(ComfortNoisePayload, CarriesTheColourOfTheNoise) {
  const uint8_t payload[] = {40, 0, 127, 254, 255};
  const auto noise = ComfortNoise::Parse(payload);
  ASSERT_TRUE(noise.ok());
  ASSERT_EQ(noise->order, 4u);
  EXPECT_EQ(noise->reflection[0], -127);
  EXPECT_EQ(noise->reflection[1], 0);
  EXPECT_EQ(noise->reflection[2], 127);
  EXPECT_EQ(noise->reflection[3], 127) << "255 is not to be used: the nearest";
}

TEST(ComfortNoisePayload, LeavesOutWhatIsTooMuch) {
  const std::vector<uint8_t> payload(1500, 200);
  EXPECT_EQ(ComfortNoise::Parse(payload)->order, ComfortNoise::kOrderMax);
}

TEST(ComfortNoisePayload, IsNothingIfEmpty) { EXPECT_FALSE(ComfortNoise::Parse({}).ok()); }

TEST(ComfortNoisePayload, ReadsWhatItWrites) {
  ComfortNoise noise;
  noise.level_dbov = -68;
  noise.order = 3;
  noise.reflection = {-127, 5, 127};
  std::vector<uint8_t> payload(ComfortNoise::kPayloadSizeMax);
  payload.resize(noise.Write(payload));
  EXPECT_EQ(payload.size(), 4u);
  const auto read = ComfortNoise::Parse(payload);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, noise);
}

}  // namespace
}  // namespace narada::mixer::codec
