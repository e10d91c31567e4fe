#include "mixer/jitter/playout_delay.h"

#include <algorithm>

namespace narada::mixer::jitter {

bool PlayoutDelay::OnPacket(int64_t transit, MediaTime now) noexcept {
  const bool begins_part = is_known_ && now >= present_ends_;
  if (!is_known_) {
    present_ends_ = now + kPartLength;
  } else if (begins_part) {
    complete_ = std::min(complete_ + 1, kParts - 1);
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
  return begins_part && complete_ == kParts - 1;
}

void PlayoutDelay::Shift(int64_t change) noexcept {
  for (Part& part : parts_) {
    part.fastest += change;
    part.slowest += change;
    part.second_slowest += change;
  }
  fastest_ += change;
  needed_ += change;
}

}  // namespace narada::mixer::jitter
