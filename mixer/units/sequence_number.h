// RTP's packet counter, modulo 2^16 (RFC 3550 §5.1), and the unwrapper that makes it a line.
//   int64_t index = unwrapper.Unwrap(packet.sequence_number());   // 65535, 65536, ...
#ifndef NARADA_MIXER_UNITS_SEQUENCE_NUMBER_H_
#define NARADA_MIXER_UNITS_SEQUENCE_NUMBER_H_

#include <cstdint>
#include <ostream>

namespace narada::mixer {

class SequenceNumber {
 public:
  constexpr SequenceNumber() = default;
  constexpr explicit SequenceNumber(uint16_t value) : value_(value) {}
  constexpr uint16_t value() const { return value_; }

  // How many packets `a` is ahead of `b`, in [-32768, 32767]. No operator<: see RtpTimestamp.
  friend constexpr int operator-(SequenceNumber a, SequenceNumber b) {
    return static_cast<int16_t>(static_cast<uint16_t>(a.value_ - b.value_));
  }
  friend constexpr SequenceNumber operator+(SequenceNumber a, int packets) {
    return SequenceNumber(static_cast<uint16_t>(a.value_ + packets));
  }
  constexpr SequenceNumber& operator++() { return *this = *this + 1; }
  friend constexpr bool operator==(SequenceNumber, SequenceNumber) = default;

  friend std::ostream& operator<<(std::ostream& out, SequenceNumber number) {
    return out << "sequence number " << number.value_;
  }

 private:
  uint16_t value_ = 0;
};

// Follows one source. Each number is taken as the nearest to the highest one so far, so that late
// packets get their old index (which may be negative before the first wrap).
class SequenceUnwrapper {
 public:
  constexpr int64_t Unwrap(SequenceNumber number) {
    const int64_t index = Peek(number);
    if (!started_ || index > highest_) highest_ = index;
    started_ = true;
    return index;
  }

  // The index that Unwrap() would give, without following.
  constexpr int64_t Peek(SequenceNumber number) const {
    if (!started_) return number.value();
    return highest_ + (number - SequenceNumber(static_cast<uint16_t>(highest_)));
  }

  constexpr bool started() const { return started_; }
  constexpr int64_t highest() const { return highest_; }  // Only where started().
  constexpr void Reset() { *this = SequenceUnwrapper(); }

 private:
  int64_t highest_ = 0;
  bool started_ = false;
};

}  // namespace narada::mixer

#endif  // NARADA_MIXER_UNITS_SEQUENCE_NUMBER_H_
