#include "mixer/jitter/time_scaling.h"

#include <cmath>
#include <cstdlib>
#include <numbers>
#include <vector>

#include "base/random.h"
#include "gtest/gtest.h"

namespace narada::mixer::jitter {
namespace {

constexpr SampleRate kRate = SampleRate::FromHertz(8000);
constexpr double kAmplitude = 8000;

std::vector<int16_t> Sine(double hertz, int count) {
  std::vector<int16_t> samples(count);
  for (int i = 0; i < count; ++i) {
    samples[i] = static_cast<int16_t>(
        std::lround(kAmplitude * std::sin(2 * std::numbers::pi * hertz * i / 8000)));
  }
  return samples;
}

int LargestStep(std::span<const int16_t> samples) {
  int largest = 0;
  for (size_t i = 1; i < samples.size(); ++i) {
    largest = std::max(largest, std::abs(samples[i] - samples[i - 1]));
  }
  return largest;
}

class TimeScalingOfATone : public testing::TestWithParam<double> {};

TEST_P(TimeScalingOfATone, RemovesAPeriodWithoutAClick) {
  std::vector<int16_t> samples = Sine(GetParam(), 320);
  const int step = LargestStep(samples);
  const size_t removed = RemovePeriod(samples, 160, kRate);
  ASSERT_GE(removed, 20u);
  ASSERT_LE(removed, 80u);
  EXPECT_LT(LargestStep(std::span(samples).first(320 - removed)), step * 11 / 10 + 20);
}

TEST_P(TimeScalingOfATone, InsertsAPeriodWithoutAClick) {
  std::vector<int16_t> samples = Sine(GetParam(), 160);
  const int step = LargestStep(samples);
  samples.resize(320);
  const size_t inserted = InsertPeriod(samples, 160, 160, kRate);
  ASSERT_GE(inserted, 20u);
  EXPECT_LT(LargestStep(std::span(samples).first(160 + inserted)), step * 11 / 10 + 20);
}

INSTANTIATE_TEST_SUITE_P(TimeScaling, TimeScalingOfATone,
                         testing::Values(200, 313, 440, 697, 1000, 1477));

TEST(TimeScaling, LeavesNoiseAlone) {
  SeededRandom random(2);
  std::vector<int16_t> noise(320);
  for (int16_t& sample : noise) sample = static_cast<int16_t>(random.Between(-8000, 8000));
  const std::vector<int16_t> before = noise;
  EXPECT_EQ(RemovePeriod(noise, 160, kRate), 0u);
  EXPECT_EQ(noise, before);
}

TEST(TimeScaling, ShortensSilenceByAsMuchAsItMay) {
  std::vector<int16_t> silence(320, 8);
  EXPECT_EQ(RemovePeriod(silence, 160, kRate), 80u);
  EXPECT_EQ(RemovePeriod(silence, 33, kRate), 33u);
}

TEST(TimeScaling, NeedsSomethingToLookAt) {
  std::vector<int16_t> samples(30, 0);
  EXPECT_EQ(RemovePeriod(samples, 160, kRate), 0u);
  EXPECT_EQ(InsertPeriod(samples, 30, 160, kRate), 0u);  // No room behind.
}

}  // namespace
}  // namespace narada::mixer::jitter
