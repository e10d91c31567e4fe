// How many samples of one channel, and how many a second.
//   constexpr SampleRate kNarrowband = SampleRate::FromHertz(8000);
//   SampleCount frame = kNarrowband.SamplesIn(Milliseconds(20));   // 160
#ifndef NARADA_MIXER_UNITS_SAMPLE_COUNT_H_
#define NARADA_MIXER_UNITS_SAMPLE_COUNT_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <ostream>

#include "mixer/units/media_time.h"

namespace narada::mixer {

class SampleCount {
 public:
  constexpr SampleCount() = default;
  constexpr explicit SampleCount(int64_t value) : value_(value) {}

  constexpr int64_t value() const { return value_; }
  constexpr size_t size() const { return static_cast<size_t>(value_); }  // For spans; not negative.

  friend constexpr auto operator<=>(SampleCount, SampleCount) = default;
  friend constexpr SampleCount operator+(SampleCount a, SampleCount b) {
    return SampleCount(a.value_ + b.value_);
  }
  friend constexpr SampleCount operator-(SampleCount a, SampleCount b) {
    return SampleCount(a.value_ - b.value_);
  }
  friend constexpr SampleCount operator*(SampleCount a, int64_t n) {
    return SampleCount(a.value_ * n);
  }
  constexpr SampleCount& operator+=(SampleCount other) { return *this = *this + other; }
  constexpr SampleCount& operator-=(SampleCount other) { return *this = *this - other; }

  friend std::ostream& operator<<(std::ostream& out, SampleCount count) {
    return out << count.value_ << " samples";
  }

 private:
  int64_t value_ = 0;
};

// The rate of PCM. Not the RTP clock: G.722 is PCM at 16 kHz and stamps at 8 kHz (see ClockRate).
class SampleRate {
 public:
  static constexpr SampleRate FromHertz(int hertz) { return SampleRate(hertz); }

  constexpr int hertz() const { return hertz_; }

  // Rounded toward zero; exact for whole milliseconds at multiples of 1 kHz.
  constexpr SampleCount SamplesIn(MediaDuration duration) const {
    const int64_t ns = duration.nanoseconds();
    const int64_t second = 1'000'000'000;  // Split, so that days at 48 kHz stay within 64 bits.
    return SampleCount(ns / second * hertz_ + ns % second * hertz_ / second);
  }
  constexpr MediaDuration DurationOf(SampleCount count) const {
    const int64_t seconds = count.value() / hertz_;
    return Seconds(seconds) + Nanoseconds(count.value() % hertz_ * 1'000'000'000 / hertz_);
  }

  friend constexpr auto operator<=>(SampleRate, SampleRate) = default;
  friend std::ostream& operator<<(std::ostream& out, SampleRate rate) {
    return out << rate.hertz_ << " Hz";
  }

 private:
  constexpr explicit SampleRate(int hertz) : hertz_(hertz) {}
  int hertz_;
};

}  // namespace narada::mixer

#endif  // NARADA_MIXER_UNITS_SAMPLE_COUNT_H_
