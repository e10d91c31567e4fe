// Which of the last 64 sequence numbers of a stream came.
//   if (history.IsRepeated(packet.sequence_number())) ...    // and remembers it
// One thread; no allocation.
#ifndef NARADA_MIXER_JITTER_SEQUENCE_HISTORY_H_
#define NARADA_MIXER_JITTER_SEQUENCE_HISTORY_H_

#include <cstdint>

#include "mixer/units/sequence_number.h"

namespace narada::mixer::jitter {

class SequenceHistory {
 public:
  // A number far behind is a restart of the numbers: a packet that old would be late by its
  // timestamp, too.
  bool IsRepeated(SequenceNumber number) noexcept {
    const int ahead = has_any_ ? number - highest_ : kLength;
    if (ahead > 0 || ahead <= -kLength) {
      received_ = ahead > 0 && ahead < kLength ? received_ << ahead | 1 : 1;
      highest_ = number;
      has_any_ = true;
      return false;
    }
    const uint64_t bit = uint64_t{1} << -ahead;
    const bool is_repeated = (received_ & bit) != 0;
    received_ |= bit;
    return is_repeated;
  }

  SequenceNumber highest() const noexcept { return highest_; }
  void Reset() noexcept { *this = SequenceHistory(); }

 private:
  static constexpr int kLength = 64;

  bool has_any_ = false;
  SequenceNumber highest_;
  uint64_t received_ = 0;  // Bit n: highest_ - n.
};

}  // namespace narada::mixer::jitter

#endif  // NARADA_MIXER_JITTER_SEQUENCE_HISTORY_H_
