// A token bucket for one leg's packets: more than any codec makes is a flood, whoever sends it.
//   PacketRateLimit limit(per_second_max);
//   if (!limit.Admit(now)) Drop();
// One thread; no allocation.
#ifndef NARADA_MIXER_ROOM_PACKET_RATE_LIMIT_H_
#define NARADA_MIXER_ROOM_PACKET_RATE_LIMIT_H_

#include <algorithm>

#include "mixer/units/media_time.h"

namespace narada::mixer::room {

class PacketRateLimit {
 public:
  // Packets of 10 ms with telephone-events beside them are 150 a second.
  static constexpr int kPerSecond = 250;

  explicit PacketRateLimit(int per_second_max = kPerSecond) noexcept
      : cost_(Seconds(1) / int64_t{per_second_max}) {}

  bool Admit(MediaTime now) noexcept {
    credit_ = std::min(credit_ + (now - last_), kBurst);
    last_ = now;
    if (credit_ < cost_) return false;
    credit_ -= cost_;
    return true;
  }

 private:
  // A stall of the network of half a second is caught up with.
  static constexpr MediaDuration kBurst = Milliseconds(500);

  MediaDuration cost_;  // Of one packet.
  MediaDuration credit_ = kBurst;
  MediaTime last_;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_PACKET_RATE_LIMIT_H_
