#include "control/sms/submit_pace.h"

#include <deque>

#include "gtest/gtest.h"

namespace narada::control::sms {
namespace {

constexpr absl::Duration kStep = absl::Milliseconds(1);

// An SMSC that takes so many a second, and counts what it refuses as well.
class LimitedSmsc {
 public:
  explicit LimitedSmsc(int per_second) : per_second_(per_second) {}

  bool Takes(absl::Time now) {
    while (!seen_.empty() && seen_.front() <= now - absl::Seconds(1)) seen_.pop_front();
    seen_.push_back(now);
    return static_cast<int>(seen_.size()) <= per_second_;
  }

 private:
  const int per_second_;
  std::deque<absl::Time> seen_;
};

struct Outcome {
  int accepted = 0;
  int throttled = 0;
};

// Submits whenever the pace allows, for so long; answers come at once.
Outcome Submit(SubmitPace& pace, LimitedSmsc& smsc, absl::Time& now, absl::Duration time) {
  Outcome outcome;
  for (const absl::Time end = now + time; now < end; now += kStep) {
    if (now < pace.next_at()) continue;
    pace.OnSubmitted(now);
    if (smsc.Takes(now)) {
      ++outcome.accepted;
      pace.OnAccepted(now);
    } else {
      ++outcome.throttled;
      pace.OnThrottled(now);
    }
  }
  return outcome;
}

TEST(SubmitPace, NothingIsLimitedBeforeTheFirstThrottling) {
  SubmitPace pace(0);
  absl::Time now = absl::FromUnixSeconds(1'770'000'000);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LE(pace.next_at(), now);
    pace.OnSubmitted(now);
    pace.OnAccepted(now);
  }
}

TEST(SubmitPace, FollowsTheSmscsLimitWithFewRefusals) {
  for (const int limit : {5, 30, 200}) {
    SubmitPace pace(0);
    LimitedSmsc smsc(limit);
    absl::Time now = absl::FromUnixSeconds(1'770'000'000);
    Submit(pace, smsc, now, absl::Seconds(10));
    const Outcome later = Submit(pace, smsc, now, absl::Seconds(300));
    EXPECT_GE(later.accepted, 0.93 * 300 * limit) << limit;
    EXPECT_LE(later.throttled, 0.012 * later.accepted) << limit;
  }
}

TEST(SubmitPace, OwnLimitIsKept) {
  SubmitPace pace(20);
  LimitedSmsc smsc(1'000'000);
  absl::Time now = absl::FromUnixSeconds(1'770'000'000);
  const Outcome outcome = Submit(pace, smsc, now, absl::Seconds(10));
  EXPECT_NEAR(outcome.accepted, 200, 5);
}

TEST(SubmitPace, ThrottledAgainAndAgainItWaitsLongerEachTime) {
  SubmitPace pace(0);
  absl::Time now = absl::FromUnixSeconds(1'770'000'000);
  absl::Duration wait;
  for (int i = 0; i < 12; ++i) {
    pace.OnThrottled(now);
    EXPECT_GE(pace.next_at() - now, wait);
    wait = pace.next_at() - now;
    now = pace.next_at();
  }
  EXPECT_EQ(wait, absl::Seconds(30));
}

TEST(SubmitPace, TroubleThatIsOverIsForgottenWithinMinutes) {
  SubmitPace pace(0);
  LimitedSmsc smsc(1'000'000);
  absl::Time now = absl::FromUnixSeconds(1'770'000'000);
  for (int i = 0; i < 12; ++i) {
    pace.OnThrottled(now);
    now = pace.next_at();
  }
  EXPECT_EQ(pace.per_second(), 1);
  Submit(pace, smsc, now, absl::Seconds(180));
  EXPECT_GE(Submit(pace, smsc, now, absl::Seconds(10)).accepted, 300);
}

}  // namespace
}  // namespace narada::control::sms
