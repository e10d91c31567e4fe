// A token bucket for one leg's packets: more than any codec makes is a flood, whoever sends it.
//   if (!limit.Admit(now)) Drop();
#ifndef NARADA_MIXER_ROOM_PACKET_RATE_LIMIT_H_
#define NARADA_MIXER_ROOM_PACKET_RATE_LIMIT_H_

#include <algorithm>

#include "mixer/units/media_time.h"

namespace narada::mixer::room {

class PacketRateLimit {
 public:
  // Packets of 10 ms with telephone-events beside them are 150 a second; and a stall of half a
  // second is caught up with.
  static constexpr int kPerSecond = 250;
  static constexpr int kBurst = 125;

  bool Admit(MediaTime now) noexcept {
    credit_ = std::min(credit_ + (now - last_), kBurst * kCost);
    last_ = now;
    if (credit_ < kCost) return false;
    credit_ -= kCost;
    return true;
  }

 private:
  static constexpr MediaDuration kCost = Seconds(1) / int64_t{kPerSecond};

  MediaDuration credit_ = kBurst * kCost;
  MediaTime last_;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_PACKET_RATE_LIMIT_H_
