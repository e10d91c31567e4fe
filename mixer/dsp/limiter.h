// Brings one mix of any loudness into 16 bits. Below full scale it changes nothing, to the sample.
//   Limiter limiter(kernels);            // one per distinct mix, kept from tick to tick
//   limiter.Limit(sum, out);             // the common mix
//   limiter.LimitWithout(sum, own_frame, out);   // a speaker's: the sum less its own voice
// Above full scale the gain falls within 2 ms (looking ahead within the frame), holds for 50 ms
// after the last peak, so that it does not pump with the waveform, and rises over a quarter of a
// second. What a sudden first peak leaves is saturated; nothing ever wraps. Frames up to kFrameMax
// samples. One thread; no allocation. Float, in a fixed order and without contraction: every
// machine computes the same bits.
#ifndef NARADA_MIXER_DSP_LIMITER_H_
#define NARADA_MIXER_DSP_LIMITER_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "mixer/dsp/kernels.h"

namespace narada::mixer::dsp {

class Limiter {
 public:
  static constexpr size_t kFrameMax = 960;  // 20 ms at 48 kHz.

  explicit Limiter(const Kernels& kernels) noexcept : kernels_(&kernels) {}

  // `out` has the length of `sum`. |sum[i]| < 2^24.
  void Limit(std::span<const int32_t> sum, std::span<int16_t> out) noexcept;
  void LimitWithout(std::span<const int32_t> sum, std::span<const int16_t> own,
                    std::span<int16_t> out) noexcept;

  // One frame on the way to another limiter's mix: the gain goes in a line to that one's, so that a
  // change between own mix and common mix cannot be heard as a step. Afterwards gain() == `gain`.
  void LimitToward(float gain, std::span<const int32_t> sum, std::span<int16_t> out) noexcept;

  // Begins where another limiter stands: a listener who becomes a speaker.
  void StartFrom(float gain) noexcept { gain_ = gain; }

  float gain() const noexcept { return gain_; }  // At the end of the last frame; 1 is unchanged.
  bool is_idle() const noexcept { return gain_ == 1.0f; }

 private:
  static constexpr int kBlocks = 10;                 // Of 2 ms, in a frame of 20 ms.
  static constexpr int kHoldBlocks = 25;             // 50 ms: longer than the half wave of 10 Hz.
  static constexpr float kReleasePerBlock = 0.004f;  // From a half to one in 250 ms.
  static constexpr float kFullScale = 32767.0f;

  void LimitBlocks(const int32_t* sum, int16_t* out, size_t samples) noexcept;

  const Kernels* kernels_;
  float gain_ = 1.0f;
  int hold_ = 0;  // Blocks until the gain may rise.
};

}  // namespace narada::mixer::dsp

#endif  // NARADA_MIXER_DSP_LIMITER_H_
