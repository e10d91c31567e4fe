#include "mixer/units/gain.h"

#include <gtest/gtest.h>

#include <cmath>

namespace narada::mixer {
namespace {

TEST(Gain, UnityLeavesEverySampleAlone) {
  for (int sample = INT16_MIN; sample <= INT16_MAX; ++sample) {
    ASSERT_EQ(Gain::Unity().Apply(static_cast<int16_t>(sample)), sample);
  }
}

TEST(Gain, MuteSilencesEverySample) {
  EXPECT_EQ(Gain::Mute().Apply(INT16_MIN), 0);
  EXPECT_EQ(Gain::Mute().Apply(INT16_MAX), 0);
}

TEST(Gain, ReadsAndWritesDecibels) {
  EXPECT_TRUE(Gain::FromDecibels(0).is_unity());
  for (double gain_db = -40; gain_db <= 20; gain_db += 0.5) {
    EXPECT_NEAR(Gain::FromDecibels(gain_db).decibels(), gain_db, 0.11) << gain_db;
  }
}

TEST(Gain, ClampsWhatNobodyCanMean) {
  EXPECT_EQ(Gain::FromDecibels(1000), Gain::FromDecibels(Gain::kDecibelsMax));
  EXPECT_TRUE(Gain::FromDecibels(-1000).is_mute());
  EXPECT_TRUE(Gain::FromDecibels(-INFINITY).is_mute());
  EXPECT_TRUE(Gain::FromDecibels(NAN).is_mute());
  EXPECT_EQ(Gain::FromRaw(-1).raw(), 0);
  EXPECT_EQ(Gain::FromRaw(1 << 30).raw(), 65535);
}

TEST(Gain, SaturatesInsteadOfWrapping) {
  const Gain loudest = Gain::FromDecibels(24);
  EXPECT_EQ(loudest.Apply(INT16_MAX), INT16_MAX);
  EXPECT_EQ(loudest.Apply(INT16_MIN), INT16_MIN);
  EXPECT_EQ(Gain::FromDecibels(6).Apply(20000), INT16_MAX);
}

TEST(Gain, RoundsToNearestForEverySampleAndManyGains) {
  for (int raw = 0; raw <= 65535; raw += 257) {
    const Gain gain = Gain::FromRaw(raw);
    for (int sample = INT16_MIN; sample <= INT16_MAX; sample += 13) {
      const double exact = std::floor(sample * (raw / 4096.0) + 0.5);
      const int expected = static_cast<int>(std::min(32767.0, std::max(-32768.0, exact)));
      ASSERT_EQ(gain.Apply(static_cast<int16_t>(sample)), expected) << raw << " " << sample;
    }
  }
}

}  // namespace
}  // namespace narada::mixer
