#include "mixer/dsp/comfort_noise.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace narada::mixer::dsp {
namespace {

constexpr int kOwnRate = 8000;
constexpr int kFractionBits = 12;
// What the filter y = (x + y) / 2 leaves of white noise is a third of its power, and that of a
// uniform distribution is a third of its square.
constexpr double kPeakOfRms = 3;
// A short stretch may be louder than the mean; this much is kept free.
constexpr double kReserve = 0.96;

}  // namespace

ComfortNoise::ComfortNoise(SampleRate rate, AudioLevel level, uint64_t seed) noexcept
    : up_(std::max(rate.hertz() / kOwnRate, 1)), amplitude_(0), state_(seed) {
  if (level < AudioLevel::Dbov(kLevelMinDbov)) return;
  const double rms =
      std::min(level, AudioLevel::Dbov(kLevelMaxDbov)).SineAmplitude() / std::numbers::sqrt2;
  amplitude_ =
      static_cast<int32_t>(std::lround(rms * kReserve * kPeakOfRms * (1 << kFractionBits)));
}

// Uniform in [-amplitude_, amplitude_): Knuth's MMIX generator, its upper bits.
int32_t ComfortNoise::NextWhite() noexcept {
  state_ = state_ * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
  const auto uniform = static_cast<int16_t>(state_ >> 48);
  return static_cast<int32_t>((int64_t{uniform} * amplitude_) >> 15);
}

void ComfortNoise::Fill(std::span<int16_t> frame) noexcept {
  if (is_none()) {
    std::ranges::fill(frame, int16_t{0});
    return;
  }
  for (int16_t& sample : frame) {
    if (phase_ == 0) {
      before_ = filtered_;
      filtered_ = (NextWhite() + filtered_) / 2;
    }
    // A line between the two; what this leaves above 4 kHz is fainter still.
    const int32_t exact = before_ + (filtered_ - before_) * phase_ / up_;
    sample = static_cast<int16_t>((exact + (1 << (kFractionBits - 1))) >> kFractionBits);
    if (++phase_ == up_) phase_ = 0;
  }
}

}  // namespace narada::mixer::dsp
