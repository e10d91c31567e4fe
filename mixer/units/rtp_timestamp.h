// RTP's media clock: the stamp in a packet, distances between stamps, and what a tick is worth.
//   RtpTicks gap = packet.timestamp() - expected;      // signed, right across the wrap
//   SampleCount samples = clock.ToSamples(gap, rate);  // only through a ClockRate
#ifndef NARADA_MIXER_UNITS_RTP_TIMESTAMP_H_
#define NARADA_MIXER_UNITS_RTP_TIMESTAMP_H_

#include <compare>
#include <cstdint>
#include <ostream>

#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer {

// A signed number of ticks of some ClockRate.
class RtpTicks {
 public:
  constexpr RtpTicks() = default;
  constexpr explicit RtpTicks(int64_t value) : value_(value) {}
  constexpr int64_t value() const { return value_; }

  friend constexpr auto operator<=>(RtpTicks, RtpTicks) = default;
  constexpr RtpTicks operator-() const { return RtpTicks(-value_); }
  friend constexpr RtpTicks operator+(RtpTicks a, RtpTicks b) {
    return RtpTicks(a.value_ + b.value_);
  }
  friend constexpr RtpTicks operator-(RtpTicks a, RtpTicks b) {
    return RtpTicks(a.value_ - b.value_);
  }
  friend constexpr RtpTicks operator*(RtpTicks a, int64_t n) { return RtpTicks(a.value_ * n); }
  constexpr RtpTicks& operator+=(RtpTicks other) { return *this = *this + other; }

  friend std::ostream& operator<<(std::ostream& out, RtpTicks ticks) {
    return out << ticks.value_ << " ticks";
  }

 private:
  int64_t value_ = 0;
};

// A sender's media clock, modulo 2^32 (RFC 3550 §5.1). It counts clock-rate ticks, not samples:
// G.722 samples at 16 kHz but stamps at 8 kHz (RFC 3551 §4.5.2).
class RtpTimestamp {
 public:
  constexpr RtpTimestamp() = default;
  constexpr explicit RtpTimestamp(uint32_t value) : value_(value) {}
  constexpr uint32_t value() const { return value_; }

  // How far `a` is ahead of `b`, across the wrap too. No operator<: a circle only has distances.
  friend constexpr RtpTicks operator-(RtpTimestamp a, RtpTimestamp b) {
    return RtpTicks(static_cast<int32_t>(a.value_ - b.value_));
  }
  friend constexpr RtpTimestamp operator+(RtpTimestamp t, RtpTicks ticks) {
    return RtpTimestamp(t.value_ + static_cast<uint32_t>(ticks.value()));
  }
  friend constexpr RtpTimestamp operator-(RtpTimestamp t, RtpTicks ticks) { return t + -ticks; }
  constexpr RtpTimestamp& operator+=(RtpTicks ticks) { return *this = *this + ticks; }
  friend constexpr bool operator==(RtpTimestamp, RtpTimestamp) = default;

  friend std::ostream& operator<<(std::ostream& out, RtpTimestamp timestamp) {
    return out << "RTP timestamp " << timestamp.value_;
  }

 private:
  uint32_t value_ = 0;
};

// Ticks per second of a payload type's RTP clock, as in a=rtpmap.
class ClockRate {
 public:
  static constexpr ClockRate FromHertz(int hertz) { return ClockRate(hertz); }
  constexpr int hertz() const { return hertz_; }

  // Toward zero where it does not divide.
  constexpr RtpTicks TicksIn(MediaDuration duration) const {
    return RtpTicks(AsRate().SamplesIn(duration).value());
  }
  constexpr MediaDuration DurationOf(RtpTicks ticks) const {
    return AsRate().DurationOf(SampleCount(ticks.value()));
  }
  // Ticks of this clock as samples of PCM at `rate`, and back.
  constexpr SampleCount ToSamples(RtpTicks ticks, SampleRate rate) const {
    return SampleCount(ticks.value() * rate.hertz() / hertz_);
  }
  constexpr RtpTicks ToTicks(SampleCount samples, SampleRate rate) const {
    return RtpTicks(samples.value() * hertz_ / rate.hertz());
  }

  friend constexpr auto operator<=>(ClockRate, ClockRate) = default;
  friend std::ostream& operator<<(std::ostream& out, ClockRate rate) {
    return out << rate.hertz_ << " Hz clock";
  }

 private:
  constexpr explicit ClockRate(int hertz) : hertz_(hertz) {}
  constexpr SampleRate AsRate() const { return SampleRate::FromHertz(hertz_); }
  int hertz_;
};

}  // namespace narada::mixer

#endif  // NARADA_MIXER_UNITS_RTP_TIMESTAMP_H_
