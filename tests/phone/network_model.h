#ifndef NARADA_TESTS_PHONE_NETWORK_MODEL_H_
#define NARADA_TESTS_PHONE_NETWORK_MODEL_H_

#include <cstdint>
#include <random>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace narada::phone {

// What a bad network does to the RTP that a phone sends, the same for the same seed.
struct NetworkTrouble {
  double loss = 0;   // Of all packets, 0 to 1, independently.
  double burst = 1;  // Packets lost in a row, on average; 1: independent losses.
  absl::Duration jitter = absl::ZeroDuration();  // Each packet waits 0 to this, evenly spread.
  double reordered = 0;  // Of all packets: these overtake nobody, the next ones overtake them.
  double duplicated = 0;
  double skew_ppm = 0;  // How much the phone's clock runs fast.
  uint64_t seed = 1;
};

// Decides about one packet after the other.
//   if (auto delay = model.Next()) SendIn(*delay);        // else it is lost
//   if (model.IsDoubled()) ...
// Queues do not reorder, so jitter alone never does: the caller sends no earlier than the packet
// before, except for those that are `reordered`.
class NetworkModel {
 public:
  explicit NetworkModel(const NetworkTrouble& trouble) : trouble_(trouble), random_(trouble.seed) {}

  struct Fate {
    absl::Duration delay;
    bool may_be_overtaken = false;
    bool is_doubled = false;
  };
  // Nothing if the packet is lost.
  absl::optional<Fate> Next();

  bool is_perfect() const {
    return trouble_.loss == 0 && trouble_.jitter == absl::ZeroDuration() &&
           trouble_.reordered == 0 && trouble_.duplicated == 0;
  }

 private:
  double Draw();  // 0 to 1.

  const NetworkTrouble trouble_;
  std::mt19937_64 random_;
  bool is_losing_ = false;  // Within a burst (Gilbert's model).
};

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_NETWORK_MODEL_H_
