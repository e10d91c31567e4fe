#ifndef NARADA_MIXER_NET_PORT_RANGE_H_
#define NARADA_MIXER_NET_PORT_RANGE_H_

#include <cstdint>
#include <deque>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace narada::mixer::net {

// Gives out pairs of ports (RTP even, RTCP the odd one above it; RFC 3550 §11), each to one taker.
// A pair that came back rests for `quarantine`, so that a phone that has not noticed the end of its
// call does not speak into the next call on that port.
//   ASSIGN_OR_RETURN(uint16_t rtp_port, ports.Take(now));
//   ports.Return(rtp_port, now);
// Not thread-safe. Time is given; it must not run backwards.
class PortRange {
 public:
  // `low` to `high`, both included; odd ends are rounded inwards. Errors: INVALID_ARGUMENT /
  // PORT_RANGE_EMPTY.
  static absl::StatusOr<PortRange> Create(int low, int high, absl::Duration quarantine);

  // The even port of a free pair, the one that rested longest. Errors: RESOURCE_EXHAUSTED /
  // PORTS_EXHAUSTED, naming when the next one leaves its quarantine.
  absl::StatusOr<uint16_t> Take(absl::Time now);

  // This pair, rested or not. Errors: INVALID_ARGUMENT / PORT_RANGE_EMPTY: it is not in the range;
  // ALREADY_EXISTS / PORT_TAKEN: it was taken before.
  absl::Status TakeExactly(uint16_t rtp_port);

  // Hands a taken pair back.
  void Return(uint16_t rtp_port, absl::Time now);

  // Pairs that can be taken now.
  int CountFree(absl::Time now) const;
  int capacity() const { return static_cast<int>(is_taken_.size()); }

 private:
  struct Resting {
    uint16_t rtp_port;
    absl::Time free_at;
  };

  PortRange(int first_even, int pairs, absl::Duration quarantine);

  int first_even_;
  absl::Duration quarantine_;
  std::deque<Resting> resting_;  // Oldest first; a fresh range starts with all of them free.
  std::vector<bool> is_taken_;   // By pair; finds a double Return.
};

}  // namespace narada::mixer::net

#endif  // NARADA_MIXER_NET_PORT_RANGE_H_
