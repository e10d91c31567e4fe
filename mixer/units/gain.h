// A linear factor for samples, in fixed point so that every machine computes the same samples.
//   Gain gain = Gain::FromDecibels(-6.0);      // people think in decibels
//   int16_t louder = gain.Apply(sample);       // rounded to nearest, saturated to 16 bits
// 4.12 fixed point: sample * raw() fits in 32 bits for every sample and gain, which kernels rely
// on.
#ifndef NARADA_MIXER_UNITS_GAIN_H_
#define NARADA_MIXER_UNITS_GAIN_H_

#include <algorithm>
#include <compare>
#include <cstdint>
#include <ostream>

namespace narada::mixer {

class Gain {
 public:
  static constexpr int kFractionBits = 12;
  static constexpr double kDecibelsMax = 24.0;  // Just under the largest factor, 16.

  constexpr Gain() = default;  // Unity.
  static constexpr Gain Unity() { return Gain(); }
  static constexpr Gain Mute() { return FromRaw(0); }
  // Clamped to kDecibelsMax; below -78 dB it is Mute.
  static Gain FromDecibels(double gain_db);
  // The factor times 2^12, in [0, 65535].
  static constexpr Gain FromRaw(int32_t raw) {
    Gain gain;
    gain.raw_ = std::clamp(raw, int32_t{0}, int32_t{65535});
    return gain;
  }

  constexpr int32_t raw() const { return raw_; }
  double decibels() const;  // Minus infinity for Mute.
  constexpr bool is_unity() const { return raw_ == 1 << kFractionBits; }
  constexpr bool is_mute() const { return raw_ == 0; }

  // Halves are rounded up: (sample * raw + 2^11) >> 12. Kernels compute exactly this.
  constexpr int16_t Apply(int16_t sample) const {
    const int32_t product = int32_t{sample} * raw_ + (1 << (kFractionBits - 1));
    return static_cast<int16_t>(
        std::clamp(product >> kFractionBits, int32_t{INT16_MIN}, int32_t{INT16_MAX}));
  }

  friend constexpr auto operator<=>(Gain, Gain) = default;
  friend std::ostream& operator<<(std::ostream& out, Gain gain) {
    return out << gain.decibels() << " dB";
  }

 private:
  int32_t raw_ = 1 << kFractionBits;
};

}  // namespace narada::mixer

#endif  // NARADA_MIXER_UNITS_GAIN_H_
