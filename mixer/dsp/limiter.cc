#include "mixer/dsp/limiter.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace narada::mixer::dsp {

void Limiter::Limit(std::span<const int32_t> sum, std::span<int16_t> out) noexcept {
  DCHECK_EQ(sum.size(), out.size());
  const int32_t peak = kernels_->Narrow(sum.data(), out.data(), sum.size());
  if (peak <= INT16_MAX && is_idle()) return;
  LimitBlocks(sum.data(), out.data(), sum.size());
}

void Limiter::LimitWithout(std::span<const int32_t> sum, std::span<const int16_t> own,
                           std::span<int16_t> out) noexcept {
  DCHECK(sum.size() == out.size() && own.size() == out.size());
  const int32_t peak = kernels_->NarrowWithout(sum.data(), own.data(), out.data(), sum.size());
  if (peak <= INT16_MAX && is_idle()) return;
  std::array<int32_t, kFrameMax> others;
  CHECK(sum.size() <= others.size()) << "a frame is 20 ms at 48 kHz at the most";
  kernels_->Subtract(sum.data(), own.data(), others.data(), sum.size());
  LimitBlocks(others.data(), out.data(), sum.size());
}

void Limiter::LimitToward(float gain, std::span<const int32_t> sum,
                          std::span<int16_t> out) noexcept {
  const float step = (gain - gain_) / static_cast<float>(sum.size());
  kernels_->NarrowRamped(sum.data(), gain_, step, out.data(), sum.size());
  gain_ = gain;
}

void Limiter::LimitBlocks(const int32_t* sum, int16_t* out, size_t samples) noexcept {
  const size_t length = std::max<size_t>(samples / kBlocks, 1);
  const size_t blocks = samples / length;  // The last one takes what does not divide.
  // The gain that each block can bear.
  std::array<float, 2 * kBlocks> bearable;
  DCHECK(blocks <= bearable.size());
  for (size_t b = 0; b < blocks; ++b) {
    const size_t size = b + 1 == blocks ? samples - b * length : length;
    const int32_t peak = kernels_->Peak(sum + b * length, size);
    bearable[b] = peak <= INT16_MAX ? 1.0f : kFullScale / static_cast<float>(peak);
  }
  for (size_t b = 0; b < blocks; ++b) {
    const size_t size = b + 1 == blocks ? samples - b * length : length;
    // At a block's end the gain must suit the next block as well: that is the look-ahead.
    const float target = b + 1 == blocks ? bearable[b] : std::min(bearable[b], bearable[b + 1]);
    float end = gain_;
    if (target <= gain_) {
      end = target;
      if (target < 1.0f) hold_ = kHoldBlocks;
    } else if (hold_ > 0) {
      --hold_;
    } else {
      end = std::min(target, gain_ + kReleasePerBlock);
    }
    const float step = (end - gain_) / static_cast<float>(size);
    kernels_->NarrowRamped(sum + b * length, gain_, step, out + b * length, size);
    gain_ = end;
  }
}

}  // namespace narada::mixer::dsp
