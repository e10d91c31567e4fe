#include "mixer/jitter/clock_skew.h"

#include <algorithm>

namespace narada::mixer::jitter {
namespace {

constexpr int64_t kBillion = 1'000'000'000;

}  // namespace

MediaDuration ClockSkew::ChangeIn(MediaDuration time) const noexcept {
  // A fast sender's packets come ever earlier.
  return Nanoseconds(-time.nanoseconds() / 1000 * rate_ppb_ / (kBillion / 1000));
}

void ClockSkew::Update(MediaDuration fastest_transit, MediaTime now) noexcept {
  const MediaDuration passed = now - updated_;
  updated_ = now;
  catch_up_ppb_ = 0;
  if (!has_line_) {
    has_line_ = true;
    anchor_ += fastest_transit - line_;
    line_ = fastest_transit;
    return;
  }
  line_ += ChangeIn(passed);
  const MediaDuration error = fastest_transit - line_;
  if (error > kStep || error < -kStep) {
    anchor_ += error;
    line_ = fastest_transit;
    return;
  }
  // Critically damped for any divisor: with w the loop's frequency and t the interval, 2wt of the
  // error go to the phase and wwt to the rate.
  const int64_t divisor = std::clamp(updates_ / kUpdatesPerDivisor, kDivisorMin, kDivisorMax);
  updates_ = std::min(updates_ + 1, kDivisorMax * kUpdatesPerDivisor);
  const int64_t to_phase = error.nanoseconds() / divisor;
  const int64_t to_rate = error.nanoseconds() / (2 * divisor * divisor);
  line_ += Nanoseconds(to_phase);
  rate_ppb_ =
      static_cast<int32_t>(std::clamp<int64_t>(rate_ppb_ - to_rate, -kRateMaxPpb, kRateMaxPpb));
  catch_up_ppb_ = static_cast<int32_t>(-to_phase * kBillion / kInterval.nanoseconds());
}

int32_t ClockSkew::ppb(MediaTime now) const noexcept {
  return rate_ppb_ + (now - updated_ < kInterval ? catch_up_ppb_ : 0);
}

}  // namespace narada::mixer::jitter
