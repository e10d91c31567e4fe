// One direction of a simulated network: what it does to each datagram is drawn from a seed.
//   link.LoseOneIn(10);
//   link.Jitter(Milliseconds(50));
//   for (const Delivery& delivery : link.Send(datagram, now)) queue.Add(delivery);
// Times are those of arrival. Jitter reorders.
#ifndef NARADA_TESTS_SIMULATION_LINK_H_
#define NARADA_TESTS_SIMULATION_LINK_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "mixer/units/media_time.h"

namespace narada::simulation {

struct Delivery {
  mixer::MediaTime arrival;
  std::vector<uint8_t> datagram;
};

class Link {
 public:
  explicit Link(uint64_t seed) : random_(seed) {}

  // On average; 0: none.
  Link& LoseOneIn(int n) { return lose_one_in_ = n, *this; }
  // From now and then (one packet in `one_in`) all are lost for `length` packets.
  Link& LoseBursts(int one_in, int length) {
    return burst_one_in_ = one_in, burst_length_ = length, *this;
  }
  Link& DuplicateOneIn(int n) { return duplicate_one_in_ = n, *this; }
  // Bytes changed, cut off or added.
  Link& CorruptOneIn(int n) { return corrupt_one_in_ = n, *this; }
  Link& Delay(mixer::MediaDuration delay) { return delay_ = delay, *this; }
  // Added to the delay, uniform in [0, jitter).
  Link& Jitter(mixer::MediaDuration jitter) { return jitter_ = jitter, *this; }
  // So many come `by` later than the others.
  Link& ReorderOneIn(int n, mixer::MediaDuration by) {
    return reorder_one_in_ = n, reorder_by_ = by, *this;
  }
  // Nothing passes.
  Link& Cut() { return is_cut_ = true, *this; }
  Link& Mend() { return is_cut_ = false, *this; }

  // All that is sent arrives, in order and whole.
  bool is_even() const {
    return lose_one_in_ == 0 && burst_one_in_ == 0 && burst_left_ == 0 && duplicate_one_in_ == 0 &&
           corrupt_one_in_ == 0 && reorder_one_in_ == 0 && jitter_ == mixer::MediaDuration() &&
           !is_cut_;
  }

  // None if it is lost, two if it is doubled.
  std::vector<Delivery> Send(std::span<const uint8_t> datagram, mixer::MediaTime now);

  int64_t lost() const { return lost_; }

 private:
  bool IsLost();
  void Corrupt(std::vector<uint8_t>& datagram);
  mixer::MediaTime Arrival(mixer::MediaTime now);

  SeededRandom random_;
  int lose_one_in_ = 0;
  int burst_one_in_ = 0;
  int burst_length_ = 0;
  int burst_left_ = 0;
  int duplicate_one_in_ = 0;
  int corrupt_one_in_ = 0;
  mixer::MediaDuration delay_;
  mixer::MediaDuration jitter_;
  int reorder_one_in_ = 0;
  mixer::MediaDuration reorder_by_;
  bool is_cut_ = false;
  int64_t lost_ = 0;
};

}  // namespace narada::simulation

#endif  // NARADA_TESTS_SIMULATION_LINK_H_
