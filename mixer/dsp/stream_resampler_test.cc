#include "mixer/dsp/stream_resampler.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "base/media_path_scope.h"
#include "base/random.h"
#include "gtest/gtest.h"

namespace narada::mixer::dsp {
namespace {

constexpr double kAmplitude = 10'000;

SampleRate Rate(int hertz) { return SampleRate::FromHertz(hertz); }

std::vector<int16_t> Sine(double hertz, int rate_hz, size_t samples) {
  std::vector<int16_t> sine(samples);
  for (size_t i = 0; i < samples; ++i) {
    sine[i] = static_cast<int16_t>(std::lround(
        kAmplitude * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / rate_hz)));
  }
  return sine;
}

// All of `in` in blocks of `block` output samples.
std::vector<int16_t> Convert(StreamResampler& resampler, std::span<const int16_t> in,
                             size_t block) {
  std::vector<int16_t> out;
  while (in.size() >= resampler.InputFor(block)) {
    const size_t taken = resampler.InputFor(block);
    out.resize(out.size() + block);
    const std::span<int16_t> made = std::span(out).last(block);
    resampler.Process(in.first(taken), made);
    in = in.subspan(taken);
  }
  return out;
}

// Amplitude at one frequency, away from both ends, under a Blackman-Harris window, whose side lobes
// are below -92 dB.
double AmplitudeAt(std::span<const int16_t> samples, double hertz, int rate_hz) {
  const std::span<const int16_t> middle =
      samples.subspan(samples.size() / 5, samples.size() * 3 / 5);
  std::complex<double> sum = 0;
  double weights = 0;
  for (size_t i = 0; i < middle.size(); ++i) {
    const double x =
        2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(middle.size());
    const double w =
        0.35875 - 0.48829 * std::cos(x) + 0.14128 * std::cos(2 * x) - 0.01168 * std::cos(3 * x);
    sum += w * middle[i] *
           std::polar(1.0, -2 * std::numbers::pi * hertz * static_cast<double>(i) / rate_hz);
    weights += w;
  }
  return 2 * std::abs(sum) / weights;
}

double Decibels(double ratio) { return 20 * std::log10(std::max(ratio, 1e-9)); }

struct Rates {
  int from_hz;
  int to_hz;
};

constexpr Rates kAllRates[] = {{8000, 8000},  {8000, 16000}, {8000, 48000},  {16000, 48000},
                               {16000, 8000}, {48000, 8000}, {48000, 16000}, {48000, 48000}};

class StreamResamplerBetween : public testing::TestWithParam<Rates> {
 protected:
  const int from_ = GetParam().from_hz;
  const int to_ = GetParam().to_hz;
  const int lower_ = std::min(from_, to_);
};

TEST_P(StreamResamplerBetween, TurnsATickIntoATick) {
  StreamResampler resampler(Rate(from_), Rate(to_));
  std::vector<int16_t> in(from_ / 50), out(to_ / 50);
  for (int tick = 0; tick < 5; ++tick) {
    ASSERT_EQ(resampler.InputFor(out.size()), in.size());
    MediaPathScope scope;  // Allocates nothing.
    resampler.Process(in, out);
  }
}

TEST_P(StreamResamplerBetween, PassesWhatBothRatesHold) {
  // Up to 0.85 of half the lower rate: 3.4 kHz, the telephone's band, at 8 kHz.
  for (double part = 0.025; part <= 0.85; part += 0.025) {
    const double tone = part * lower_ / 2;
    StreamResampler resampler(Rate(from_), Rate(to_));
    const auto out = Convert(resampler, Sine(tone, from_, from_ / 4), to_ / 50);
    EXPECT_NEAR(Decibels(AmplitudeAt(out, tone, to_) / kAmplitude), 0, 0.1) << tone << " Hz";
  }
}

TEST_P(StreamResamplerBetween, LetsNoImageOrAliasThrough) {
  double worst = -200;
  if (to_ > from_) {
    // Going up, each tone has mirrors around the multiples of the old rate.
    for (double part = 0.05; part <= 0.95; part += 0.05) {
      const double tone = part * from_ / 2;
      StreamResampler resampler(Rate(from_), Rate(to_));
      const auto out = Convert(resampler, Sine(tone, from_, from_ / 4), to_ / 50);
      for (int image = from_; image - tone < to_ / 2; image += from_) {
        worst = std::max(worst, Decibels(AmplitudeAt(out, image - tone, to_) / kAmplitude));
        if (image + tone < to_ / 2) {
          worst = std::max(worst, Decibels(AmplitudeAt(out, image + tone, to_) / kAmplitude));
        }
      }
    }
  } else if (to_ < from_) {
    // Going down, what lies above half the new rate must vanish, not fold.
    for (double tone = to_ / 2 * 1.05; tone < from_ / 2; tone += to_ / 16.3) {
      StreamResampler resampler(Rate(from_), Rate(to_));
      const auto out = Convert(resampler, Sine(tone, from_, from_ / 4), to_ / 50);
      const double folded = std::abs(tone - std::round(tone / to_) * to_);
      worst = std::max(worst, Decibels(AmplitudeAt(out, folded, to_) / kAmplitude));
    }
  } else {
    return;
  }
  RecordProperty("worst_db", std::to_string(worst));
  EXPECT_LT(worst, -70);
}

TEST_P(StreamResamplerBetween, GivesTheSameForAnyBlocks) {
  SeededRandom random(5);
  std::vector<int16_t> in(from_ / 2);
  for (int16_t& sample : in) sample = static_cast<int16_t>(random.Next());
  StreamResampler whole(Rate(from_), Rate(to_)), parts(Rate(from_), Rate(to_));
  whole.set_skew_ppb(123'456);
  parts.set_skew_ppb(123'456);
  const auto expected = Convert(whole, in, to_ / 50);
  const auto out = Convert(parts, in, 7);
  ASSERT_GT(std::min(expected.size(), out.size()), in.size() / 2 * to_ / from_);
  for (size_t i = 0; i < std::min(expected.size(), out.size()); ++i) {
    ASSERT_EQ(out[i], expected[i]) << i;
  }
}

TEST_P(StreamResamplerBetween, GivesTheSameWithEveryKernel) {
  SeededRandom random(5);
  std::vector<int16_t> in(from_ / 10);
  for (int16_t& sample : in) sample = static_cast<int16_t>(random.Next());
  StreamResampler scalar(Rate(from_), Rate(to_), Kernels::Scalar());
  scalar.set_skew_ppb(-200'000);
  const auto expected = Convert(scalar, in, to_ / 50);
  for (const Kernels* kernels : Kernels::Supported()) {
    StreamResampler resampler(Rate(from_), Rate(to_), *kernels);
    resampler.set_skew_ppb(-200'000);
    EXPECT_EQ(Convert(resampler, in, to_ / 50), expected) << kernels->name;
  }
}

TEST_P(StreamResamplerBetween, KeepsAConstantConstantAtAnySkew) {
  const std::vector<int16_t> in(from_, 1234);
  StreamResampler resampler(Rate(from_), Rate(to_));
  resampler.set_skew_ppb(317'000);
  const auto out = Convert(resampler, in, to_ / 50);
  for (size_t i = to_ / 50; i < out.size(); ++i) ASSERT_EQ(out[i], 1234) << i;
}

TEST_P(StreamResamplerBetween, DelaysByWhatItSays) {
  std::vector<int16_t> in(from_ / 10);
  in[from_ / 50] = 30'000;
  StreamResampler resampler(Rate(from_), Rate(to_));
  const auto out = Convert(resampler, in, to_ / 50);
  const auto peak = std::max_element(out.begin(), out.end()) - out.begin();
  const double expected_ms = 20 + resampler.delay().seconds() * 1e3;
  EXPECT_NEAR(1e3 * static_cast<double>(peak) / to_, expected_ms, 1e3 / lower_);
}

TEST_P(StreamResamplerBetween, GoesOnForAnother) {
  const auto in = Sine(440, from_, from_ / 5);
  StreamResampler one(Rate(from_), Rate(to_)), other(Rate(from_), Rate(to_));
  one.set_skew_ppb(50'000);
  Convert(one, std::span(in).first(in.size() / 2), to_ / 50);
  other.ContinueFrom(one);
  const auto rest = std::span(in).subspan(in.size() / 2);
  EXPECT_EQ(Convert(other, rest, to_ / 50), Convert(one, rest, to_ / 50));
}

INSTANTIATE_TEST_SUITE_P(Rates, StreamResamplerBetween, testing::ValuesIn(kAllRates),
                         [](const auto& info) {
                           return std::to_string(info.param.from_hz) + "To" +
                                  std::to_string(info.param.to_hz);
                         });

TEST(SkewResampler, GivesTheBitsOfTheOneWithMemoryForAnyFilter) {
  for (const int hertz : {8000, 16000, 48000}) {
    StreamResampler reference(Rate(hertz), Rate(hertz));
    SkewResampler resampler(Rate(hertz), Rate(hertz));
    const std::vector<int16_t> in = Sine(440, hertz, static_cast<size_t>(hertz));
    std::vector<int16_t> expected(160), out(160);
    reference.set_skew_ppb(200'000);
    resampler.set_skew_ppb(200'000);
    for (std::span<const int16_t> left = in; left.size() >= 200;) {
      const size_t taken = reference.InputFor(160);
      ASSERT_EQ(resampler.InputFor(160), taken);
      reference.Process(left.first(taken), expected);
      resampler.Process(left.first(taken), out);
      ASSERT_EQ(out, expected);
      left = left.subspan(taken);
    }
  }
}

TEST(StreamResampler, CopiesExactlyWhereNothingIsToChange) {
  SeededRandom random(9);
  std::vector<int16_t> in(1600);
  for (int16_t& sample : in) sample = static_cast<int16_t>(random.Next());
  StreamResampler resampler(Rate(8000), Rate(8000));
  const auto out = Convert(resampler, in, 160);
  const size_t delay = Rate(8000).SamplesIn(resampler.delay()).size();
  for (size_t i = delay; i < out.size(); ++i) ASSERT_EQ(out[i], in[i - delay]);
}

// The coefficients come from sin() and sqrt(): whatever library computed them, they are these.
TEST(StreamResampler, GivesTheseBitsOnEveryMachine) {
  uint64_t hash = 14695981039346656037u;  // FNV-1a.
  for (const Rates& rates : kAllRates) {
    SeededRandom random(21);
    std::vector<int16_t> in(rates.from_hz / 2);
    for (int16_t& sample : in) sample = static_cast<int16_t>(random.Next());
    StreamResampler resampler(Rate(rates.from_hz), Rate(rates.to_hz));
    resampler.set_skew_ppb(1'000'003);  // Through all phases.
    for (const int16_t sample : Convert(resampler, in, rates.to_hz / 50)) {
      hash = (hash ^ static_cast<uint16_t>(sample)) * 1099511628211u;
    }
  }
  EXPECT_EQ(hash, 1675677131543191687u);
}

// A tone followed at a skew keeps its phase: its frequency moves by the skew, and nothing
// else is heard. What is left after the tone is taken away is the resampler's own noise.
TEST(StreamResampler, FollowsASkewWithoutABreakInPhase) {
  constexpr int kRate = 8000;
  StreamResampler resampler(Rate(kRate), Rate(kRate));
  const auto in = Sine(1000, kRate, kRate * 20);
  std::vector<int16_t> out;
  std::span<const int16_t> rest = in;
  // The skew changes in each second, as a measurement would.
  const int32_t skews_ppb[] = {0, 200'000, -200'000, 300'000, 10, -300'000, 0, 90'000, 90'000, 1};
  std::vector<double> phase;  // Where in the input each output should stand.
  double position = -Rate(kRate).SamplesIn(resampler.delay()).value();
  for (const int32_t skew : skews_ppb) {
    resampler.set_skew_ppb(skew);
    for (int tick = 0; tick < 50; ++tick) {
      std::vector<int16_t> frame(160);
      const size_t taken = resampler.InputFor(frame.size());
      resampler.Process(rest.first(taken), frame);
      rest = rest.subspan(taken);
      for (int16_t sample : frame) {
        out.push_back(sample);
        phase.push_back(position);
        position += 1 + skew * 1e-9;
      }
    }
  }
  double signal = 0, noise = 0;
  for (size_t i = kRate / 50; i < out.size(); ++i) {
    // A new skew acts from the sample after the next; within the tolerance of the noise.
    const double ideal = kAmplitude * std::sin(2 * std::numbers::pi * 1000 * phase[i] / kRate);
    signal += ideal * ideal;
    noise += (out[i] - ideal) * (out[i] - ideal);
  }
  const double snr = 10 * std::log10(signal / noise);
  RecordProperty("snr_db", std::to_string(snr));
  EXPECT_GT(snr, 70);
}

}  // namespace
}  // namespace narada::mixer::dsp
