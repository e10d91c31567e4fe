#include "mixer/media/tone.h"

#include <cmath>
#include <cstdlib>
#include <numbers>
#include <vector>

#include "gtest/gtest.h"

namespace narada::mixer::media {
namespace {

constexpr SampleRate kRate = SampleRate::FromHertz(8000);

TEST(Tone, IsASineOfTheLevelAsked) {
  ToneGenerator generator({.frequency_hz = 440, .level = AudioLevel::Dbov(-20)}, kRate);
  std::vector<int16_t> samples(8000);
  generator.Generate(samples);
  EXPECT_NEAR(AudioLevel::Of(samples).dbov(), -20, 0.01);
  const double amplitude = AudioLevel::Dbov(-20).SineAmplitude();
  for (int i = 0; i < 8000; ++i) {
    const double expected = amplitude * std::sin(2 * std::numbers::pi * 440 * i / 8000);
    ASSERT_NEAR(samples[i], expected, 1.5) << i;
  }
}

TEST(Tone, GoesOnWhereItStopped) {
  const Tone tone{.frequency_hz = 1234.5};
  ToneGenerator whole(tone, kRate), parts(tone, kRate);
  std::vector<int16_t> expected(480), samples(480);
  whole.Generate(expected);
  parts.Generate(std::span(samples).first(7));
  parts.Generate(std::span(samples).subspan(7));
  EXPECT_EQ(samples, expected);
}

TEST(Tone, AddsASecondFrequency) {
  ToneGenerator generator(
      {.frequency_hz = 697, .second_frequency_hz = 1209, .level = AudioLevel::Dbov(-20)}, kRate);
  std::vector<int16_t> samples(8000);
  generator.Generate(samples);
  EXPECT_NEAR(AudioLevel::Of(samples).dbov(), -17, 0.05);  // Two powers.
}

TEST(Tone, SaturatesRatherThanWraps) {
  ToneGenerator generator({.frequency_hz = 100, .level = AudioLevel::Dbov(0)}, kRate);
  std::vector<int16_t> samples(80);
  generator.Generate(samples);
  for (size_t i = 1; i < samples.size(); ++i)
    EXPECT_LT(std::abs(samples[i] - samples[i - 1]), 5000);
}

TEST(Tone, IsSilentAboveHalfTheRate) {
  ToneGenerator generator({.frequency_hz = 5000}, kRate);
  std::vector<int16_t> samples(160, 1);
  generator.Generate(samples);
  EXPECT_EQ(samples, std::vector<int16_t>(160, 0));
}

}  // namespace
}  // namespace narada::mixer::media
