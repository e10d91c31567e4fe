// How losses cluster: bursts, in which they are dense, and gaps between them (RFC 3611 §4.7.2 and
// appendix A.2, a Markov chain of four states; Clark, "Modeling the Effects of Burst Packet Loss").
//   monitor.OnReceived();  monitor.OnLost();            // for each frame of 20 ms, in order
//   metrics.burst_density = monitor.Summary().burst_density;
// One stream; one thread; no allocation.
#ifndef NARADA_MIXER_QUALITY_BURST_MONITOR_H_
#define NARADA_MIXER_QUALITY_BURST_MONITOR_H_

#include <cstdint>

#include "mixer/units/media_time.h"

namespace narada::mixer::quality {

struct BurstSummary {
  double burst_density = 0;    // Share lost within bursts, 0-1.
  double gap_density = 0;      // Share lost outside of them.
  MediaDuration burst_length;  // On average.
  MediaDuration gap_length;
  // The average run of losses, over what it would be if they were independent; at least 1.
  double burst_ratio = 1;
};

class BurstMonitor {
 public:
  // So many frames in a row without loss end a burst: Gmin, the RFC's recommended value.
  static constexpr uint32_t kGapMin = 16;
  static constexpr MediaDuration kFrame = Milliseconds(20);

  void OnReceived() noexcept {
    ++received_;
    ++since_loss_;
  }
  void OnLost() noexcept;

  // Of all since construction.
  BurstSummary Summary() const noexcept;
  uint64_t received() const noexcept { return received_; }
  uint64_t lost() const noexcept { return lost_; }

 private:
  uint64_t received_ = 0;
  uint64_t lost_ = 0;
  uint64_t runs_ = 0;  // Of losses next to each other.
  uint32_t since_loss_ = 0;
  uint32_t burst_lost_ = 0;  // In the burst that goes on.

  // Transitions as the RFC numbers them: 1 received in a gap, 2 received in a burst, 3 lost in a
  // burst, 4 lost in a gap.
  uint64_t c11_ = 0;
  uint64_t c13_ = 0;
  uint64_t c14_ = 0;
  uint64_t c22_ = 0;
  uint64_t c23_ = 0;
  uint64_t c33_ = 0;
};

}  // namespace narada::mixer::quality

#endif  // NARADA_MIXER_QUALITY_BURST_MONITOR_H_
