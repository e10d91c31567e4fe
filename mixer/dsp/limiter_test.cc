#include "mixer/dsp/limiter.h"

#include <cmath>
#include <cstdlib>
#include <numbers>
#include <vector>

#include "gtest/gtest.h"

namespace narada::mixer::dsp {
namespace {

constexpr size_t kFrame = 160;

// Frames of one sine, whose phase goes on from frame to frame.
class Sine {
 public:
  Sine(double hertz, double amplitude)
      : step_(2 * std::numbers::pi * hertz / 8000), amplitude_(amplitude) {}
  std::vector<int32_t> Next() {
    std::vector<int32_t> frame(kFrame);
    for (int32_t& sample : frame) sample = std::lround(amplitude_ * std::sin(step_ * n_++));
    return frame;
  }

 private:
  const double step_;
  const double amplitude_;
  int n_ = 0;
};

TEST(Limiter, LeavesEverySampleAloneUpToFullScale) {
  Limiter limiter(Kernels::Best());
  std::vector<int32_t> sum = {INT16_MIN, INT16_MAX, 0, 1, -1};
  std::vector<int16_t> out(sum.size());
  limiter.Limit(sum, out);
  for (size_t i = 0; i < sum.size(); ++i) EXPECT_EQ(out[i], sum[i]);
  EXPECT_TRUE(limiter.is_idle());
}

TEST(Limiter, TakesTheOwnVoiceOutExactly) {
  Limiter limiter(Kernels::Best());
  std::vector<int32_t> sum(kFrame, 40'000);  // Only the difference has to fit.
  std::vector<int16_t> own(kFrame, 20'001), out(kFrame);
  limiter.LimitWithout(sum, own, out);
  for (int16_t sample : out) EXPECT_EQ(sample, 19'999);
}

TEST(Limiter, NeverWrapsAtTheLargestSumThereIs) {
  Limiter limiter(Kernels::Best());
  for (int sign : {1, -1}) {
    std::vector<int32_t> sum(kFrame, sign * ((1 << 24) - 1));
    std::vector<int16_t> out(kFrame);
    for (int tick = 0; tick < 5; ++tick) {
      limiter.Limit(sum, out);
      for (int16_t sample : out) EXPECT_GE(sample * sign, 32'000);
    }
  }
}

TEST(Limiter, KeepsTheShapeOfASineTwiceTooLoud) {
  Limiter limiter(Kernels::Best());
  Sine sine(440, 65'000);
  std::vector<int16_t> out(kFrame);
  for (int tick = 0; tick < 10; ++tick) limiter.Limit(sine.Next(), out);
  // Settled: the output is the input times one gain, without clipping or pumping.
  for (int tick = 0; tick < 50; ++tick) {
    const std::vector<int32_t> in = sine.Next();
    limiter.Limit(in, out);
    for (size_t i = 0; i < kFrame; ++i) {
      EXPECT_NEAR(out[i], in[i] * 32'767.0 / 65'000, 40) << "tick " << tick << " sample " << i;
    }
  }
}

TEST(Limiter, DoesNotPumpWithTheHalfWavesOfABass) {
  Limiter limiter(Kernels::Best());
  Sine sine(50, 60'000);
  std::vector<int16_t> out(kFrame);
  for (int tick = 0; tick < 10; ++tick) limiter.Limit(sine.Next(), out);
  const float settled = limiter.gain();
  for (int tick = 0; tick < 100; ++tick) {
    limiter.Limit(sine.Next(), out);
    EXPECT_NEAR(limiter.gain(), settled, 0.005);
  }
}

TEST(Limiter, ReturnsToExactlyUnchangedWithinAHalfSecond) {
  Limiter limiter(Kernels::Best());
  std::vector<int16_t> out(kFrame);
  const std::vector<int32_t> loud(kFrame, 65'534), soft(kFrame, 1'001);
  limiter.Limit(loud, out);
  EXPECT_FALSE(limiter.is_idle());
  for (int tick = 0; tick < 25; ++tick) limiter.Limit(soft, out);
  EXPECT_TRUE(limiter.is_idle());
  limiter.Limit(soft, out);
  for (int16_t sample : out) EXPECT_EQ(sample, 1'001);
}

TEST(Limiter, GoesToAnotherMixWithoutAStep) {
  Limiter own(Kernels::Best());
  const std::vector<int32_t> sum(kFrame, 20'000);
  std::vector<int16_t> out(kFrame);
  own.StartFrom(0.5f);
  own.LimitToward(1.0f, sum, out);
  EXPECT_EQ(own.gain(), 1.0f);
  EXPECT_NEAR(out.front(), 10'000, 100);
  EXPECT_NEAR(out.back(), 20'000, 100);
  for (size_t i = 1; i < kFrame; ++i) EXPECT_LE(std::abs(out[i] - out[i - 1]), 64);
}

TEST(Limiter, ComputesTheSameBitsWithEveryVariant) {
  for (const Kernels* kernels : Kernels::Supported()) {
    Limiter reference(Kernels::Scalar()), limiter(*kernels);
    Sine sine(333, 70'000);
    std::vector<int16_t> expected(kFrame), out(kFrame);
    for (int tick = 0; tick < 20; ++tick) {
      const std::vector<int32_t> in = sine.Next();
      reference.Limit(in, expected);
      limiter.Limit(in, out);
      ASSERT_EQ(out, expected) << kernels->name << " tick " << tick;
    }
  }
}

}  // namespace
}  // namespace narada::mixer::dsp
