#include "control/sms/submit_pace.h"

#include <algorithm>

namespace narada::control::sms {
namespace {

constexpr absl::Duration kWindow = absl::Seconds(1);
constexpr absl::Duration kHaltMin = absl::Milliseconds(100);
constexpr absl::Duration kHaltMax = absl::Seconds(30);
// A little below what was taken, then up by so much every so often: the limit is found again within
// minutes, and at most one answer in a hundred is a throttled one.
constexpr double kBelow = 0.97;
constexpr double kRaise = 1.01;
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
    per_second_ *= kRaise;
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
  halt_ = std::clamp(halt_ * 2, std::max(kHaltMin, absl::Seconds(1 / per_second_)), kHaltMax);
  next_at_ = now + halt_;
}

}  // namespace narada::control::sms
