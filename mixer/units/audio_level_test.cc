#include "mixer/units/audio_level.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace narada::mixer {
namespace {

std::vector<int16_t> Sine(double amplitude) {
  std::vector<int16_t> samples(8000);
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<int16_t>(std::lround(
        amplitude * std::sin(2 * 3.14159265358979 * 440.0 * static_cast<double>(i) / 8000.0)));
  }
  return samples;
}

TEST(AudioLevel, FullScaleSquareIsZero) {
  EXPECT_NEAR(AudioLevel::Of(std::vector<int16_t>(160, INT16_MIN)).dbov(), 0.0, 1e-9);
}

TEST(AudioLevel, FullScaleSineIsThreeBelow) {
  EXPECT_NEAR(AudioLevel::Of(Sine(32767)).dbov(), -3.01, 0.01);
}

TEST(AudioLevel, SilenceIsTheLowest) {
  EXPECT_EQ(AudioLevel::Of(std::vector<int16_t>(160, 0)), AudioLevel::Silence());
  EXPECT_EQ(AudioLevel::Of({}), AudioLevel::Silence());
  EXPECT_LT(AudioLevel::Silence(), AudioLevel::Dbov(-126));
}

TEST(AudioLevel, ASineOfItsAmplitudeHasTheLevel) {
  for (double level_dbov = -50; level_dbov <= -4; level_dbov += 2) {
    const AudioLevel level = AudioLevel::Dbov(level_dbov);
    EXPECT_NEAR(AudioLevel::Of(Sine(level.SineAmplitude())).dbov(), level_dbov, 0.05);
  }
  EXPECT_EQ(AudioLevel::Silence().SineAmplitude(), 0.0);
}

TEST(AudioLevel, IsClampedToItsScale) {
  EXPECT_EQ(AudioLevel::Dbov(3), AudioLevel::Dbov(0));
  EXPECT_EQ(AudioLevel::Dbov(-200), AudioLevel::Silence());
  EXPECT_EQ(AudioLevel::Dbov(NAN), AudioLevel::Silence());
}

}  // namespace
}  // namespace narada::mixer
