// How loud: decibels relative to overload (dBov). 0 dBov is the power of a full-scale square wave,
// so a full-scale sine is -3.01 dBov (RFC 6464, RFC 6465). Silence is -127.
//   AudioLevel level = AudioLevel::Of(frame);
//   if (level < AudioLevel::Dbov(-50)) ...
#ifndef NARADA_MIXER_UNITS_AUDIO_LEVEL_H_
#define NARADA_MIXER_UNITS_AUDIO_LEVEL_H_

#include <compare>
#include <cstdint>
#include <ostream>
#include <span>

namespace narada::mixer {

class AudioLevel {
 public:
  constexpr AudioLevel() = default;  // Silence.
  // Clamped to [-127, 0].
  static constexpr AudioLevel Dbov(double level_dbov) {
    AudioLevel level;
    level.dbov_ = !(level_dbov > -127.0) ? -127.0 : level_dbov > 0.0 ? 0.0 : level_dbov;
    return level;
  }
  static constexpr AudioLevel Silence() { return AudioLevel(); }
  // Of samples whose squares sum to `sum_of_squares`; an integer, so that the sum has no order.
  static AudioLevel FromSumOfSquares(uint64_t sum_of_squares, size_t samples);
  static AudioLevel Of(std::span<const int16_t> samples);

  constexpr double dbov() const { return dbov_; }
  // The amplitude of a sine at this level, in [0, 46340]: above -3.01 dBov no sine fits 16 bits.
  double SineAmplitude() const;

  friend constexpr auto operator<=>(AudioLevel, AudioLevel) = default;
  friend std::ostream& operator<<(std::ostream& out, AudioLevel level) {
    return out << level.dbov_ << " dBov";
  }

 private:
  double dbov_ = -127.0;
};

}  // namespace narada::mixer

#endif  // NARADA_MIXER_UNITS_AUDIO_LEVEL_H_
