#include "mixer/dsp/comfort_noise.h"

#include <algorithm>
#include <vector>

#include "gtest/gtest.h"

namespace narada::mixer::dsp {
namespace {

class ComfortNoiseTest : public testing::TestWithParam<int> {
 protected:
  SampleRate rate() const { return SampleRate::FromHertz(GetParam()); }

  std::vector<int16_t> Hear(ComfortNoise& noise, int frames) const {
    std::vector<int16_t> heard(rate().SamplesIn(Milliseconds(20)).size() * frames);
    const size_t frame = heard.size() / frames;
    for (int i = 0; i < frames; ++i) noise.Fill(std::span(heard).subspan(i * frame, frame));
    return heard;
  }
};

TEST_P(ComfortNoiseTest, IsAsLoudAsAskedAtAnyRate) {
  for (const double level : {-65.0, -70.0, -78.0}) {
    ComfortNoise noise(rate(), AudioLevel::Dbov(level), 7);
    EXPECT_NEAR(AudioLevel::Of(Hear(noise, 500)).dbov(), level, 1.2) << level;
  }
}

TEST_P(ComfortNoiseTest, StaysBelowMinusSixtyFiveWhateverIsAsked) {
  ComfortNoise noise(rate(), AudioLevel::Dbov(-30), 7);
  const std::vector<int16_t> heard = Hear(noise, 3000);
  EXPECT_LT(AudioLevel::Of(heard).dbov(), -65);
  // In any second, too.
  const auto second = static_cast<size_t>(GetParam());
  for (size_t at = 0; at + second <= heard.size(); at += second) {
    EXPECT_LT(AudioLevel::Of(std::span(heard).subspan(at, second)).dbov(), -65);
  }
}

TEST_P(ComfortNoiseTest, IsNoneWhereNoneIsAsked) {
  ComfortNoise noise(rate(), AudioLevel::Silence(), 7);
  EXPECT_TRUE(noise.is_none());
  const std::vector<int16_t> heard = Hear(noise, 2);
  EXPECT_EQ(std::count(heard.begin(), heard.end(), 0), static_cast<int64_t>(heard.size()));
}

TEST_P(ComfortNoiseTest, HasNeitherAnOffsetNorAPeriod) {
  ComfortNoise noise(rate(), AudioLevel::Dbov(-65), 7);
  const std::vector<int16_t> heard = Hear(noise, 1000);
  int64_t sum = 0;
  for (const int16_t sample : heard) sum += sample;
  EXPECT_LT(std::abs(static_cast<double>(sum) / static_cast<double>(heard.size())), 0.5);
  // No frame comes again.
  const size_t frame = heard.size() / 1000;
  for (int i = 1; i < 1000; ++i) {
    EXPECT_FALSE(std::equal(heard.begin(), heard.begin() + frame, heard.begin() + i * frame));
  }
}

TEST_P(ComfortNoiseTest, IsTheSameForTheSameSeed) {
  ComfortNoise one(rate(), AudioLevel::Dbov(-70), 7), same(rate(), AudioLevel::Dbov(-70), 7),
      other(rate(), AudioLevel::Dbov(-70), 8);
  const std::vector<int16_t> heard = Hear(one, 10);
  EXPECT_EQ(heard, Hear(same, 10));
  EXPECT_NE(heard, Hear(other, 10));
}

TEST(ComfortNoise, IsTheSameOnEveryMachine) {
  ComfortNoise noise(SampleRate::FromHertz(8000), AudioLevel::Dbov(-65), 42);
  std::vector<int16_t> heard(16'000);
  noise.Fill(heard);
  uint32_t checksum = 2'166'136'261;
  for (const int16_t sample : heard) {
    checksum = (checksum ^ static_cast<uint16_t>(sample)) * 16'777'619;
  }
  EXPECT_EQ(checksum, 3'934'271'631u);
}

INSTANTIATE_TEST_SUITE_P(ComfortNoise, ComfortNoiseTest, testing::Values(8000, 16000, 48000));

}  // namespace
}  // namespace narada::mixer::dsp
