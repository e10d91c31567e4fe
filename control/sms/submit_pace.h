// How fast messages go to an SMSC that says ESME_RTHROTTLED: as fast as it lately took them, then faster again,
// slowly at first; a moment's trouble is forgotten within minutes.
//
//   if (now >= pace.next_at()) { Submit(...); pace.OnSubmitted(now); }
//   pace.OnAccepted(now) or pace.OnThrottled(now)   // its answer
//
// Unlimited until the first throttling, or `per_second_max` if that is set. A throttled answer halts
// everything for as long as a few messages take, at least 100 ms and twice as long when it comes again
// at once: an SMSC that counts refused messages as well must not be hammered.
#ifndef NARADA_CONTROL_SMS_SUBMIT_PACE_H_
#define NARADA_CONTROL_SMS_SUBMIT_PACE_H_

#include <deque>

#include "absl/time/time.h"

namespace narada::control::sms {

class SubmitPace {
 public:
  // 0: no limit of our own.
  explicit SubmitPace(int per_second_max) : per_second_max_(per_second_max) {}

  absl::Time next_at() const { return next_at_; }
  // Messages a second; 0: not limited now.
  double per_second() const { return per_second_; }

  void OnSubmitted(absl::Time now);
  void OnAccepted(absl::Time now);
  void OnThrottled(absl::Time now);

 private:
  double Limit() const;

  const int per_second_max_;
  double per_second_ = 0;
  int raises_ = 0;  // Since it was lowered.
  absl::Time next_at_ = absl::InfinitePast();
  absl::Time raised_at_ = absl::InfinitePast();
  absl::Time lowered_at_ = absl::InfinitePast();
  absl::Duration halt_;
  std::deque<absl::Time> accepted_;  // Of the last second.
};

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_SUBMIT_PACE_H_
