#include "mixer/dsp/resampler.h"

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "gtest/gtest.h"

namespace narada::mixer::dsp {
namespace {

constexpr double kAmplitude = 10'000;

std::vector<int16_t> Sine(double hertz, int rate_hz, int milliseconds) {
  std::vector<int16_t> samples(rate_hz / 1000 * milliseconds);
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<int16_t>(
        std::lround(kAmplitude * std::sin(2 * std::numbers::pi * hertz * i / rate_hz)));
  }
  return samples;
}

// Amplitude at one frequency, away from both ends, under a Hann window.
double AmplitudeAt(const std::vector<int16_t>& samples, double hertz, int rate_hz) {
  std::complex<double> sum = 0;
  double weights = 0;
  const size_t begin = samples.size() / 5, end = samples.size() * 4 / 5;
  for (size_t i = begin; i < end; ++i) {
    const double w =
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * (i - begin) / static_cast<double>(end - begin));
    sum += w * samples[i] * std::polar(1.0, -2 * std::numbers::pi * hertz * i / rate_hz);
    weights += w;
  }
  return 2 * std::abs(sum) / weights;
}

struct Rates {
  int from_hz;
  int to_hz;
};

class ResampleBetween : public testing::TestWithParam<Rates> {};

TEST_P(ResampleBetween, KeepsATonesLevelAndLength) {
  const auto [from, to] = GetParam();
  const auto out =
      Resample(Sine(1000, from, 400), SampleRate::FromHertz(from), SampleRate::FromHertz(to));
  const size_t in_size = from / 1000 * 400;
  EXPECT_EQ(out.size(), (in_size * to + from - 1) / from);
  EXPECT_NEAR(20 * std::log10(AmplitudeAt(out, 1000, to) / kAmplitude), 0, 0.05);
}

TEST_P(ResampleBetween, LetsNoImageOrAliasThrough) {
  const auto [from, to] = GetParam();
  if (to > from) {
    // Going up, the mirror of 3 kHz stands at `from` - 3 kHz.
    const auto out =
        Resample(Sine(3000, from, 400), SampleRate::FromHertz(from), SampleRate::FromHertz(to));
    EXPECT_LT(20 * std::log10(AmplitudeAt(out, from - 3000, to) / kAmplitude), -70);
  } else {
    // Going down, a tone above half the new rate must vanish, not fold.
    const double tone = to / 2 * 1.1;
    const auto out =
        Resample(Sine(tone, from, 400), SampleRate::FromHertz(from), SampleRate::FromHertz(to));
    EXPECT_LT(20 * std::log10(AmplitudeAt(out, to - tone, to) / kAmplitude), -70);
  }
}

INSTANTIATE_TEST_SUITE_P(Resampler, ResampleBetween,
                         testing::Values(Rates{8000, 16000}, Rates{8000, 48000},
                                         Rates{16000, 48000}, Rates{16000, 8000},
                                         Rates{48000, 8000}, Rates{48000, 16000},
                                         Rates{22050, 8000}, Rates{44100, 16000}),
                         [](const auto& info) {
                           return std::to_string(info.param.from_hz) + "To" +
                                  std::to_string(info.param.to_hz);
                         });

TEST(Resampler, LeavesAnEqualRateAlone) {
  const auto in = Sine(440, 8000, 20);
  EXPECT_EQ(Resample(in, SampleRate::FromHertz(8000), SampleRate::FromHertz(8000)), in);
}

TEST(Resampler, KeepsAConstantConstant) {
  const std::vector<int16_t> in(4800, 1234);
  const auto out = Resample(in, SampleRate::FromHertz(48000), SampleRate::FromHertz(8000));
  for (size_t i = 100; i < out.size() - 100; ++i) EXPECT_EQ(out[i], 1234);
}

TEST(Resampler, MakesNothingOfNothing) {
  EXPECT_TRUE(Resample({}, SampleRate::FromHertz(48000), SampleRate::FromHertz(8000)).empty());
}

}  // namespace
}  // namespace narada::mixer::dsp
