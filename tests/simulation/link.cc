#include "tests/simulation/link.h"

#include <utility>

namespace narada::simulation {

using mixer::MediaDuration;
using mixer::MediaTime;

std::vector<Delivery> Link::Send(std::span<const uint8_t> datagram, MediaTime now) {
  std::vector<Delivery> deliveries;
  if (IsLost()) {
    ++lost_;
    return deliveries;
  }
  const bool is_doubled = duplicate_one_in_ > 0 && random_.OneIn(duplicate_one_in_);
  for (int copy = 0; copy < (is_doubled ? 2 : 1); ++copy) {
    Delivery delivery{.arrival = Arrival(now), .datagram = {datagram.begin(), datagram.end()}};
    if (corrupt_one_in_ > 0 && random_.OneIn(corrupt_one_in_)) Corrupt(delivery.datagram);
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

bool Link::IsLost() {
  if (is_cut_) return true;
  if (burst_left_ > 0) {
    --burst_left_;
    return true;
  }
  if (burst_one_in_ > 0 && random_.OneIn(burst_one_in_)) {
    burst_left_ = burst_length_ - 1;
    return true;
  }
  return lose_one_in_ > 0 && random_.OneIn(lose_one_in_);
}

MediaTime Link::Arrival(MediaTime now) {
  if (reorder_one_in_ > 0 && random_.OneIn(reorder_one_in_)) now += reorder_by_;
  if (jitter_ == MediaDuration()) return now + delay_;
  return now + delay_ +
         mixer::Nanoseconds(static_cast<int64_t>(random_.Below(jitter_.nanoseconds())));
}

void Link::Corrupt(std::vector<uint8_t>& datagram) {
  switch (random_.Below(3)) {
    case 0:
      for (uint64_t n = 1 + random_.Below(8); n > 0 && !datagram.empty(); --n) {
        datagram[random_.Below(datagram.size())] ^= static_cast<uint8_t>(1 + random_.Below(255));
      }
      break;
    case 1:
      datagram.resize(random_.Below(datagram.size() + 1));
      break;
    default:
      datagram.resize(datagram.size() + random_.Below(1600), static_cast<uint8_t>(random_.Next()));
  }
}

}  // namespace narada::simulation
