// NTP's 64-bit time as RTCP carries it: seconds since 1900 and a binary fraction (RFC 3550 §4).
//   NtpTime now = NtpTime::FromUnixNanoseconds(wall_ns);
//   uint32_t lsr = now.compact();      // the middle 32 bits, 1/65536 s
#ifndef NARADA_MIXER_RTP_NTP_TIME_H_
#define NARADA_MIXER_RTP_NTP_TIME_H_

#include <compare>
#include <cstdint>
#include <ostream>

#include "mixer/units/media_time.h"

namespace narada::mixer::rtp {

class NtpTime {
 public:
  constexpr NtpTime() = default;  // Unknown: RTCP's zero.
  constexpr explicit NtpTime(uint64_t value) : value_(value) {}
  static constexpr NtpTime FromUnixNanoseconds(int64_t unix_ns) {
    constexpr int64_t kUnixEpoch = 2'208'988'800;  // 1970 in seconds since 1900.
    constexpr int64_t kSecond = 1'000'000'000;
    const uint64_t seconds = static_cast<uint64_t>(unix_ns / kSecond + kUnixEpoch);
    const uint64_t fraction = (static_cast<uint64_t>(unix_ns % kSecond) << 32) / kSecond;
    return NtpTime(seconds << 32 | fraction);  // Wraps in 2036, as NTP does.
  }

  constexpr uint64_t value() const { return value_; }
  constexpr uint32_t compact() const { return static_cast<uint32_t>(value_ >> 16); }

  friend constexpr bool operator==(NtpTime, NtpTime) = default;
  friend std::ostream& operator<<(std::ostream& out, NtpTime time) {
    return out << "NTP " << (time.value_ >> 32) << "+" << (time.value_ & 0xffffffff) << "/2^32 s";
  }

 private:
  uint64_t value_ = 0;
};

// Lengths in compact units of 1/65536 s, as DLSR and round trips are (RFC 3550 §6.4.1).
constexpr MediaDuration FromCompactNtp(int64_t units) {
  return Nanoseconds((units * 1'000'000'000) >> 16);
}
constexpr uint32_t ToCompactNtp(MediaDuration duration) {
  const int64_t ns = duration.nanoseconds();
  if (ns <= 0) return 0;
  const int64_t seconds = ns / 1'000'000'000;
  if (seconds > 65535) return UINT32_MAX;
  return static_cast<uint32_t>(seconds << 16 | ((ns % 1'000'000'000) << 16) / 1'000'000'000);
}

}  // namespace narada::mixer::rtp

#endif  // NARADA_MIXER_RTP_NTP_TIME_H_
