// Instants and lengths on the clock that media runs on: CLOCK_MONOTONIC in nanoseconds, or a
// simulator's own. Handed down as a parameter; nothing here reads a clock.
//   void Room::Tick(MediaTime now);
//   if (now - last_packet_ > Seconds(30)) ...
// Plain values, constexpr, no allocation. Not wall time: a MediaTime means nothing outside its
// process.
#ifndef NARADA_MIXER_UNITS_MEDIA_TIME_H_
#define NARADA_MIXER_UNITS_MEDIA_TIME_H_

#include <compare>
#include <cstdint>
#include <ostream>

namespace narada::mixer {

// A signed length of time. Made and read by its unit.
class MediaDuration {
 public:
  constexpr MediaDuration() = default;
  static constexpr MediaDuration FromNanoseconds(int64_t ns) { return MediaDuration(ns); }
  static constexpr MediaDuration Max() { return MediaDuration(INT64_MAX); }

  constexpr int64_t nanoseconds() const { return ns_; }
  constexpr int64_t microseconds() const { return ns_ / 1'000; }      // Toward zero.
  constexpr int64_t milliseconds() const { return ns_ / 1'000'000; }  // Toward zero.
  constexpr double seconds() const { return static_cast<double>(ns_) * 1e-9; }

  friend constexpr auto operator<=>(MediaDuration, MediaDuration) = default;
  constexpr MediaDuration operator-() const { return MediaDuration(-ns_); }
  friend constexpr MediaDuration operator+(MediaDuration a, MediaDuration b) {
    return MediaDuration(a.ns_ + b.ns_);
  }
  friend constexpr MediaDuration operator-(MediaDuration a, MediaDuration b) {
    return MediaDuration(a.ns_ - b.ns_);
  }
  friend constexpr MediaDuration operator*(MediaDuration a, int64_t n) {
    return MediaDuration(a.ns_ * n);
  }
  friend constexpr MediaDuration operator*(int64_t n, MediaDuration a) { return a * n; }
  friend constexpr MediaDuration operator/(MediaDuration a, int64_t n) {
    return MediaDuration(a.ns_ / n);
  }
  // How many whole `b` fit in `a`, toward zero; and what is left.
  friend constexpr int64_t operator/(MediaDuration a, MediaDuration b) { return a.ns_ / b.ns_; }
  friend constexpr MediaDuration operator%(MediaDuration a, MediaDuration b) {
    return MediaDuration(a.ns_ % b.ns_);
  }
  constexpr MediaDuration& operator+=(MediaDuration other) { return *this = *this + other; }
  constexpr MediaDuration& operator-=(MediaDuration other) { return *this = *this - other; }

  friend std::ostream& operator<<(std::ostream& out, MediaDuration value) {
    return out << value.ns_ / 1e6 << " ms";
  }

 private:
  constexpr explicit MediaDuration(int64_t ns) : ns_(ns) {}
  int64_t ns_ = 0;
};

constexpr MediaDuration Nanoseconds(int64_t n) { return MediaDuration::FromNanoseconds(n); }
constexpr MediaDuration Microseconds(int64_t n) { return Nanoseconds(n * 1'000); }
constexpr MediaDuration Milliseconds(int64_t n) { return Nanoseconds(n * 1'000'000); }
constexpr MediaDuration Seconds(int64_t n) { return Nanoseconds(n * 1'000'000'000); }

// An instant. The default is the clock's own zero, before anything that happens.
class MediaTime {
 public:
  constexpr MediaTime() = default;
  static constexpr MediaTime FromNanoseconds(int64_t ns) { return MediaTime(ns); }
  // Later than anything that happens: "never".
  static constexpr MediaTime Never() { return MediaTime(INT64_MAX); }

  constexpr int64_t nanoseconds() const { return ns_; }

  friend constexpr auto operator<=>(MediaTime, MediaTime) = default;
  friend constexpr MediaTime operator+(MediaTime t, MediaDuration d) {
    return MediaTime(t.ns_ + d.nanoseconds());
  }
  friend constexpr MediaTime operator-(MediaTime t, MediaDuration d) {
    return MediaTime(t.ns_ - d.nanoseconds());
  }
  friend constexpr MediaDuration operator-(MediaTime a, MediaTime b) {
    return Nanoseconds(a.ns_ - b.ns_);
  }
  constexpr MediaTime& operator+=(MediaDuration d) { return *this = *this + d; }

  friend std::ostream& operator<<(std::ostream& out, MediaTime value) {
    return out << "at " << value.ns_ / 1e6 << " ms";
  }

 private:
  constexpr explicit MediaTime(int64_t ns) : ns_(ns) {}
  int64_t ns_ = 0;
};

}  // namespace narada::mixer

#endif  // NARADA_MIXER_UNITS_MEDIA_TIME_H_
