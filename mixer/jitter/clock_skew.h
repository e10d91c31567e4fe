// How much faster a sender's clock runs than ours, from nothing but the arrival of its packets.
//   ClockSkew skew;                                  // one per stream
//   skew.Update(fastest_transit, now);               // about twice a second
//   resampler.set_skew_ppb(skew.ppb(now));           // takes as much as comes
// A loop of second order follows the transit of the fastest packets: it learns within half a
// minute, then forgets ever slower, so that jitter does not reach the ear as a wobble. Its phase is
// followed as well as its rate, so that the delay does not creep, for hours. A path that suddenly
// becomes longer or shorter moves the line and says nothing about the clock. Within 500 ppm.
// Integers only. One thread; no allocation.
#ifndef NARADA_MIXER_JITTER_CLOCK_SKEW_H_
#define NARADA_MIXER_JITTER_CLOCK_SKEW_H_

#include <cstdint>

#include "mixer/units/media_time.h"

namespace narada::mixer::jitter {

class ClockSkew {
 public:
  // The least arrival time less media time of the last seconds, from any zero. Not more often than
  // kInterval.
  void Update(MediaDuration fastest_transit, MediaTime now) noexcept;
  // Transits count from another zero now: a jump of the stream's timestamps.
  void ForgetLine() noexcept { has_line_ = false; }

  // What to follow at this moment: the rate, and a little more or less while the phase is caught
  // up with. Positive: the sender is faster.
  int32_t ppb(MediaTime now) const noexcept;
  // The rate alone.
  int32_t rate_ppb() const noexcept { return rate_ppb_; }
  // How far the sender has run ahead of our clock since Anchor(), as far as it is known.
  MediaDuration drift() const noexcept { return anchor_ - line_; }
  void Anchor() noexcept { anchor_ = line_; }
  // By how much the transit will have changed after such a time without a packet.
  MediaDuration ChangeIn(MediaDuration time) const noexcept;

  static constexpr MediaDuration kInterval = Milliseconds(500);

 private:
  static constexpr int32_t kRateMaxPpb = 500'000;
  // No clock drifts so far between two updates; a path may change so much.
  static constexpr MediaDuration kStep = Milliseconds(6);
  // The part of an error that the phase takes at once, as a divisor: from that of the first
  // updates to that of a settled stream, a quarter of the updates in between, so that all of them
  // weigh the same as in a regression.
  static constexpr int kDivisorMin = 5;
  static constexpr int kDivisorMax = 50;
  static constexpr int kUpdatesPerDivisor = 4;

  bool has_line_ = false;
  MediaDuration line_;    // Where the transit should be.
  MediaDuration anchor_;  // On the line.
  MediaTime updated_;
  int32_t rate_ppb_ = 0;
  int32_t catch_up_ppb_ = 0;  // For one interval.
  int updates_ = 0;
};

}  // namespace narada::mixer::jitter

#endif  // NARADA_MIXER_JITTER_CLOCK_SKEW_H_
