#include "mixer/jitter/playout_delay.h"

#include <algorithm>

namespace narada::mixer::jitter {

void PlayoutDelay::OnPacket(int64_t transit, MediaTime now) noexcept {
  if (!is_known_) {
    present_ends_ = now + kPartLength;
  } else if (now >= present_ends_) {
    present_ = (present_ + 1) % kParts;
    parts_[present_] = {};
    present_ends_ = now + kPartLength;
  }
  is_known_ = true;

  Part& part = parts_[present_];
  if (part.packets == 0) {
    part.fastest = part.slowest = transit;
  } else {
    part.fastest = std::min(part.fastest, transit);
    const int64_t lesser = std::min(part.slowest, transit);
    part.second_slowest = part.packets == 1 ? lesser : std::max(part.second_slowest, lesser);
    part.slowest = std::max(part.slowest, transit);
  }
  ++part.packets;

  fastest_ = INT64_MAX;
  needed_ = INT64_MIN;
  int64_t slowest = INT64_MIN;
  for (const Part& past : parts_) {
    if (past.packets == 0) continue;
    fastest_ = std::min(fastest_, past.fastest);
    slowest = std::max(slowest, past.slowest);
    if (past.packets > 1) needed_ = std::max(needed_, past.second_slowest);
  }
  // No part with two packets: nothing tells a straggler from the others.
  if (needed_ == INT64_MIN) needed_ = slowest;
}

}  // namespace narada::mixer::jitter
