// A faint noise, so that a room in which nobody speaks does not sound dead.
//   ComfortNoise noise(room_rate, AudioLevel::Dbov(-70), room_id);
//   noise.Fill(frame);                 // once a tick; overwrites; goes on where it stood
//   kernels.Add(sum, frame, samples);  // part of the sum, like an announcement
// Softer than white, like air in a room, and the same in the band up to 4 kHz at every rate: what a
// listener hears does not change with the room's rate. Never above -65 dBov. The same seed gives
// the same samples on every machine: integers only. One thread; no allocation.
#ifndef NARADA_MIXER_DSP_COMFORT_NOISE_H_
#define NARADA_MIXER_DSP_COMFORT_NOISE_H_

#include <cstdint>
#include <span>

#include "mixer/units/audio_level.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::dsp {

class ComfortNoise {
 public:
  static constexpr double kLevelMaxDbov = -65;
  static constexpr double kLevelMinDbov = -90;  // Fainter is none: it would be less than a bit.

  // `rate` is a multiple of 8 kHz; `level` is lowered to kLevelMaxDbov.
  ComfortNoise(SampleRate rate, AudioLevel level, uint64_t seed) noexcept;

  bool is_none() const noexcept { return amplitude_ == 0; }
  void Fill(std::span<int16_t> frame) noexcept;

 private:
  int32_t NextWhite() noexcept;

  int up_;             // Samples for each of the noise's own, which has 8 kHz.
  int32_t amplitude_;  // Of the white noise that the filter takes, with 12 bits of fraction.
  uint64_t state_;
  int32_t filtered_ = 0;  // The last two of the noise's own samples, with fraction bits, and where
  int32_t before_ = 0;    // between them the next sample lies.
  int phase_ = 0;
};

}  // namespace narada::mixer::dsp

#endif  // NARADA_MIXER_DSP_COMFORT_NOISE_H_
