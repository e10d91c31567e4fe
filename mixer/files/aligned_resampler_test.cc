#include "mixer/files/aligned_resampler.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "gtest/gtest.h"

namespace narada::mixer::files {
namespace {

std::vector<int16_t> Tone(int rate_hz, double frequency_hz, int milliseconds) {
  std::vector<int16_t> samples(static_cast<size_t>(rate_hz / 1000 * milliseconds));
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<int16_t>(std::lround(
        8000 * std::sin(2 * std::numbers::pi * frequency_hz * static_cast<double>(i) / rate_hz)));
  }
  return samples;
}

// In dB: the tone at the other rate against the tone that is there.
double SnrOf(const std::vector<int16_t>& wanted, const std::vector<int16_t>& heard, size_t begin,
             size_t end) {
  double signal = 0, noise = 0;
  for (size_t i = begin; i < end; ++i) {
    signal += double{1} * wanted[i] * wanted[i];
    noise += std::pow(double{1} * wanted[i] - heard[i], 2);
  }
  return 10 * std::log10(signal / std::max(noise, 1e-9));
}

// A shift by a single sample at 48 kHz would cost a tone of 1 kHz all but 18 dB.
TEST(AlignedResampler, MovesNothing) {
  const int rates[] = {8000, 16000, 48000};
  for (const int from : rates) {
    for (const int to : rates) {
      if (from == to) continue;
      AlignedResampler resampler(SampleRate::FromHertz(from), SampleRate::FromHertz(to), {});
      const std::vector<int16_t> in = Tone(from, 1000, 400);
      const auto frame = static_cast<size_t>(from / 50);
      std::vector<int16_t> out;
      for (size_t i = 0; i < in.size(); i += frame) {
        resampler.Process(std::span(in).subspan(i, frame), out);
      }
      resampler.Finish({}, out);
      const std::vector<int16_t> wanted = Tone(to, 1000, 400);
      ASSERT_EQ(out.size(), wanted.size()) << from << " to " << to;
      EXPECT_GT(SnrOf(wanted, out, wanted.size() / 8, wanted.size() * 7 / 8), 55)
          << from << " to " << to;
    }
  }
}

// A leg that changes its rate while it speaks: no click at the seam.
TEST(AlignedResampler, ASeamIsNotHeard) {
  const SampleRate narrow = SampleRate::FromHertz(8000), wide = SampleRate::FromHertz(16000),
                   full = SampleRate::FromHertz(48000);
  const std::vector<int16_t> at_8k = Tone(8000, 500, 400), at_16k = Tone(16000, 500, 400);
  std::vector<int16_t> out;
  AlignedResampler first(narrow, full, {});
  for (size_t i = 0; i < 1600; i += 160) first.Process(std::span(at_8k).subspan(i, 160), out);
  first.Finish(std::span(at_16k).subspan(3200, 320), out);
  EXPECT_EQ(out.size(), 9600u);
  AlignedResampler second(wide, full, std::span(at_8k).subspan(1440, 160));
  for (size_t i = 3200; i < 6400; i += 320) second.Process(std::span(at_16k).subspan(i, 320), out);
  second.Finish({}, out);
  const std::vector<int16_t> wanted = Tone(48000, 500, 400);
  ASSERT_EQ(out.size(), wanted.size());
  EXPECT_GT(SnrOf(wanted, out, 9600 - 480, 9600 + 480), 38);
}

}  // namespace
}  // namespace narada::mixer::files
