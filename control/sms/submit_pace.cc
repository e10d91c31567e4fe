#include "control/sms/submit_pace.h"

#include <algorithm>
#include <cmath>

namespace narada::control::sms {
namespace {

constexpr absl::Duration kWindow = absl::Seconds(1);
constexpr absl::Duration kHaltMin = absl::Milliseconds(100);
constexpr absl::Duration kHaltMax = absl::Seconds(30);
// A little below what was taken, then up every so often; after the first raises each time twice as much while nothing is
// refused. So near the limit at most one answer in a hundred is a throttled one, and a rate of 1 is one of 30 again within
// three minutes.
constexpr double kBelow = 0.97;
constexpr double kRaiseMin = 0.01;
constexpr double kRaiseMax = 0.5;
constexpr int kCarefulRaises = 5;
constexpr absl::Duration kRaiseEvery = absl::Seconds(10);

}  // namespace

double SubmitPace::Limit() const {
  if (per_second_max_ == 0) return per_second_;
  return per_second_ == 0 ? per_second_max_ : std::min<double>(per_second_, per_second_max_);
}

void SubmitPace::OnSubmitted(absl::Time now) {
  const double limit = Limit();
  if (limit == 0) return;
  // What was missed is not made up for: no burst after a pause.
  next_at_ = std::max(next_at_, now - kHaltMin) + absl::Seconds(1 / limit);
}

void SubmitPace::OnAccepted(absl::Time now) {
  accepted_.push_back(now);
  while (accepted_.front() <= now - kWindow) accepted_.pop_front();
  if (now - lowered_at_ > kWindow) halt_ = absl::ZeroDuration();
  if (per_second_ > 0 && now - raised_at_ >= kRaiseEvery) {
    ++raises_;
    per_second_ *=
        1 + std::min(std::ldexp(kRaiseMin, std::max(0, raises_ - kCarefulRaises)), kRaiseMax);
    raised_at_ = now;
  }
}

void SubmitPace::OnThrottled(absl::Time now) {
  // The answers to one burst are one finding.
  if (now - lowered_at_ < kHaltMin) return;
  while (!accepted_.empty() && accepted_.front() <= now - kWindow) accepted_.pop_front();
  const double taken = std::max<double>(1, static_cast<double>(accepted_.size()) * kBelow);
  per_second_ = per_second_ == 0 ? taken : std::max(1.0, std::min(taken, per_second_ * kBelow));
  lowered_at_ = raised_at_ = now;
  raises_ = 0;
  halt_ = std::clamp(halt_ * 2, std::max(kHaltMin, absl::Seconds(1 / per_second_)), kHaltMax);
  next_at_ = now + halt_;
}

}  // namespace narada::control::sms
