// How long packets must wait so that nearly all of them are there when it is their turn.
//   delay.OnPacket(transit, now);      // arrival less media time, in RTP ticks, from any zero
//   if (playout < delay.needed()) ...  // packets would be late: stretch
// Looks back over two and a half seconds, in five parts. Of each part the slowest packet but one
// counts, so that a single straggler does not make everybody wait. A slow drift of the sender's
// clock is followed. One thread; no allocation.
#ifndef NARADA_MIXER_JITTER_PLAYOUT_DELAY_H_
#define NARADA_MIXER_JITTER_PLAYOUT_DELAY_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "mixer/units/media_time.h"

namespace narada::mixer::jitter {

class PlayoutDelay {
 public:
  // A packet arrived; not a duplicate. True once in half a second, as soon as fastest() is that of
  // the whole time looked back upon.
  bool OnPacket(int64_t transit, MediaTime now) noexcept;

  // All transits have changed by so much: the sender's clock ran on while it was silent.
  void Shift(int64_t change) noexcept;

  // The sender began anew; what was known does not hold.
  void Reset() noexcept { *this = PlayoutDelay(); }

  bool is_known() const noexcept { return is_known_; }
  // The fastest packet's transit.
  int64_t fastest() const noexcept { return fastest_; }
  // The transit that nearly all packets keep; never below fastest().
  int64_t needed() const noexcept { return needed_; }

 private:
  static constexpr size_t kParts = 5;
  static constexpr MediaDuration kPartLength = Milliseconds(500);

  struct Part {
    int packets = 0;
    int64_t fastest = 0;
    int64_t slowest = 0;
    int64_t second_slowest = 0;  // Where packets > 1.
  };

  std::array<Part, kParts> parts_ = {};
  size_t present_ = 0;
  size_t complete_ = 0;  // Parts before the present one.
  MediaTime present_ends_;
  bool is_known_ = false;
  int64_t fastest_ = 0;
  int64_t needed_ = 0;
};

}  // namespace narada::mixer::jitter

#endif  // NARADA_MIXER_JITTER_PLAYOUT_DELAY_H_
