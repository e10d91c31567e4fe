#include "mixer/jitter/concealment.h"

#include <cmath>
#include <cstdlib>
#include <numbers>
#include <vector>

#include "base/random.h"
#include "gtest/gtest.h"

namespace narada::mixer::jitter {
namespace {

constexpr SampleRate kRate = SampleRate::FromHertz(8000);

std::vector<int16_t> Sine(double hertz, int begin, int count, double amplitude = 8000) {
  std::vector<int16_t> samples(count);
  for (int i = 0; i < count; ++i) {
    samples[i] = static_cast<int16_t>(
        std::lround(amplitude * std::sin(2 * std::numbers::pi * hertz * (begin + i) / 8000)));
  }
  return samples;
}

// Signal to error, in dB.
double Snr(const std::vector<int16_t>& expected, const std::vector<int16_t>& actual) {
  double signal = 0, error = 1e-9;
  for (size_t i = 0; i < expected.size(); ++i) {
    signal += std::pow(expected[i], 2);
    error += std::pow(expected[i] - actual[i], 2);
  }
  return 10 * std::log10(signal / error);
}

class ConcealmentOfATone : public testing::TestWithParam<double> {};

TEST_P(ConcealmentOfATone, GoesOnWithTheToneForTenMilliseconds) {
  Concealment concealment(kRate);
  concealment.OnAudio(Sine(GetParam(), 0, 400));
  std::vector<int16_t> concealed(80);
  concealment.Conceal(concealed);
  EXPECT_GT(Snr(Sine(GetParam(), 400, 80), concealed), 15);
}

INSTANTIATE_TEST_SUITE_P(Concealment, ConcealmentOfATone,
                         testing::Values(100, 150, 200, 300, 440, 697, 1000, 1477));

TEST(Concealment, JoinsWithoutAStep) {
  Concealment concealment(kRate);
  const auto before = Sine(313, 0, 400);
  concealment.OnAudio(before);
  std::vector<int16_t> concealed(160);
  concealment.Conceal(concealed);
  const int largest = static_cast<int>(8000 * 2 * std::numbers::pi * 313 / 8000) + 200;
  EXPECT_LT(std::abs(concealed[0] - before.back()), largest);
  for (size_t i = 1; i < concealed.size(); ++i) {
    EXPECT_LT(std::abs(concealed[i] - concealed[i - 1]), largest) << i;
  }
  auto after = Sine(313, 560, 160);
  concealment.Recover(after);
  EXPECT_LT(std::abs(after[0] - concealed.back()), largest + 200);
  EXPECT_FALSE(concealment.is_concealing());
  // And soon it is the true signal again.
  const auto truth = Sine(313, 560, 160);
  for (size_t i = 80; i < after.size(); ++i) EXPECT_EQ(after[i], truth[i]);
}

TEST(Concealment, FadesToSilenceWithinSixtyMilliseconds) {
  Concealment concealment(kRate);
  concealment.OnAudio(Sine(440, 0, 400));
  std::vector<int16_t> concealed(480);
  concealment.Conceal(concealed);
  EXPECT_TRUE(concealment.is_silent());
  concealment.Conceal(concealed);
  EXPECT_EQ(concealed, std::vector<int16_t>(480, 0));
}

TEST(Concealment, IsTheSameInPiecesAsAtOnce) {
  Concealment whole(kRate), pieces(kRate);
  whole.OnAudio(Sine(440, 0, 400));
  pieces.OnAudio(Sine(440, 0, 400));
  std::vector<int16_t> expected(320), concealed(320);
  whole.Conceal(expected);
  for (size_t at = 0; at < 320; at += 40) pieces.Conceal(std::span(concealed).subspan(at, 40));
  EXPECT_EQ(concealed, expected);
}

TEST(Concealment, MakesSilenceOfSilence) {
  Concealment concealment(kRate);
  std::vector<int16_t> concealed(160, 1);
  concealment.Conceal(concealed);
  EXPECT_EQ(concealed, std::vector<int16_t>(160, 0));
}

TEST(Concealment, StaysWithinSixteenBits) {
  SeededRandom random(9);
  Concealment concealment(kRate);
  for (int round = 0; round < 200; ++round) {
    std::vector<int16_t> noise(160), out(random.Between(1, 400));
    for (int16_t& sample : noise) sample = random.OneIn(2) ? INT16_MAX : INT16_MIN;
    concealment.Recover(noise);
    concealment.OnAudio(noise);
    concealment.Conceal(out);  // UBSan and the clamp speak up if not.
  }
}

}  // namespace
}  // namespace narada::mixer::jitter
