// Unit by unit; on speech it is measured in tests/voice.
#include "mixer/dsp/level_equalizer.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace narada::mixer::dsp {
namespace {

uint32_t MeanSquare(double level_dbov) {
  return static_cast<uint32_t>(std::pow(10, level_dbov / 10) * (1 << 30));
}

// Syllables: 100 ms loud, 100 ms 8 dB fainter; their mean is 2.4 dB below the loud ones.
void Talk(LevelEqualizer& equalizer, double level_dbov, int seconds) {
  for (int i = 0; i < seconds * 50; ++i) {
    equalizer.Update(MeanSquare(level_dbov + (i / 5 % 2 == 0 ? 2.4 : -5.6)), true);
  }
}

TEST(LevelEqualizer, RaisesAFaintTalkerToTheEdgeOfWhatIsLeftAlone) {
  LevelEqualizer equalizer;
  Talk(equalizer, -31, 20);
  EXPECT_NEAR(equalizer.gain().decibels(), 5, 1.1);
}

TEST(LevelEqualizer, LowersALoudOne) {
  LevelEqualizer equalizer;
  Talk(equalizer, -9, 20);
  EXPECT_NEAR(equalizer.gain().decibels(), -5, 1.1);
}

TEST(LevelEqualizer, ChangesByTenDecibelsAtTheMost) {
  LevelEqualizer faint, loud;
  Talk(faint, -48, 20);
  EXPECT_NEAR(faint.gain().decibels(), 10, 0.1);
  Talk(loud, -3, 20);
  EXPECT_NEAR(loud.gain().decibels(), -10, 1.1);
}

TEST(LevelEqualizer, LeavesANormalTalkerAlone) {
  for (const double level : {-25.5, -20.0, -14.5}) {
    LevelEqualizer equalizer;
    Talk(equalizer, level, 20);
    EXPECT_TRUE(equalizer.gain().is_unity()) << level;
  }
}

TEST(LevelEqualizer, NeedsMoreThanASecondForThreeDecibels) {
  LevelEqualizer equalizer;
  Talk(equalizer, -40, 2);
  double before = equalizer.gain().decibels();
  for (int second = 0; second < 4; ++second) {
    Talk(equalizer, -40, 1);
    EXPECT_LT(equalizer.gain().decibels() - before, 3);
    before = equalizer.gain().decibels();
  }
  EXPECT_GT(before, 8);
}

TEST(LevelEqualizer, DoesNotMoveInAPause) {
  LevelEqualizer equalizer;
  Talk(equalizer, -40, 3);
  const Gain before = equalizer.gain();
  EXPECT_FALSE(before.is_unity());
  for (int i = 0; i < 500; ++i) equalizer.Update(MeanSquare(-60), false);
  EXPECT_EQ(equalizer.gain(), before);
}

TEST(LevelEqualizer, DoesNotMoveOnASteadySound) {
  LevelEqualizer equalizer;
  for (int i = 0; i < 5000; ++i) equalizer.Update(MeanSquare(-40), true);
  EXPECT_TRUE(equalizer.gain().is_unity());
}

TEST(ApplyGainRamp, TouchesNothingAtUnity) {
  std::vector<int16_t> frame(160, 12'345);
  ApplyGainRamp(Kernels::Best(), {}, frame);
  EXPECT_EQ(frame, std::vector<int16_t>(160, 12'345));
}

TEST(ApplyGainRamp, GoesFromOneGainToTheOtherInSmallSteps) {
  for (const size_t samples : {160u, 320u, 960u}) {
    std::vector<int16_t> frame(samples, 10'000);
    const GainRamp ramp = {.from = Gain::Unity(), .to = Gain::FromDecibels(0.05)};
    ApplyGainRamp(Kernels::Best(), ramp, frame);
    EXPECT_LT(frame.front(), 10'010);
    EXPECT_EQ(frame.back(), ramp.to.Apply(10'000));
    for (size_t i = 1; i < samples; ++i) EXPECT_LT(frame[i] - frame[i - 1], 10);
  }
}

TEST(GainRamp, IsJoinedWithTheLegsOwnGain) {
  const GainRamp ramp = {.from = Gain::FromDecibels(3), .to = Gain::FromDecibels(-2)};
  const GainRamp joined = ramp.Times(Gain::FromDecibels(-6));
  EXPECT_NEAR(joined.from.decibels(), -3, 0.02);
  EXPECT_NEAR(joined.to.decibels(), -8, 0.02);
}

}  // namespace
}  // namespace narada::mixer::dsp
