#include "mixer/jitter/clock_skew.h"

#include <algorithm>
#include <cstdlib>

#include "base/random.h"
#include "gtest/gtest.h"

namespace narada::mixer::jitter {
namespace {

// A sender with a skewed clock, whose fastest packets of each half second take this long.
class ClockSkewTest : public testing::TestWithParam<int> {
 protected:
  static constexpr MediaDuration kTransit = Milliseconds(40);

  // Updates for so long; arrivals are noticed in steps of `grid`, and differ by up to `noise`.
  void Run(int64_t seconds, int ppm, MediaDuration grid = Nanoseconds(1),
           MediaDuration noise = {}) {
    for (int64_t i = 0; i < 2 * seconds; ++i) {
      now_ += ClockSkew::kInterval;
      drift_ -= ClockSkew::kInterval * ppm / 1'000'000;  // The fast one comes earlier.
      MediaDuration transit = kTransit + drift_ + path_;
      if (noise > MediaDuration()) {
        transit += Nanoseconds(static_cast<int64_t>(random_.Below(noise.nanoseconds())));
      }
      transit = grid * ((transit + Seconds(1000)) / grid) - Seconds(1000);
      skew_.Update(transit, now_);
      followed_ -=
          Nanoseconds(ClockSkew::kInterval.nanoseconds() / 1'000'000 * skew_.ppb(now_) / 1'000);
      worst_ = std::max(worst_, Nanoseconds(std::abs((drift_ - followed_).nanoseconds())));
    }
  }

  ClockSkew skew_;
  SeededRandom random_{3};
  MediaTime now_ = MediaTime() + Seconds(5);
  MediaDuration drift_, path_;
  MediaDuration followed_;  // What a resampler makes of ppb().
  MediaDuration worst_;     // The largest distance of the two.
};

TEST_P(ClockSkewTest, LearnsTheRateWithinHalfAMinuteAndFollowsThePhase) {
  const int ppm = GetParam();
  Run(30, ppm);
  EXPECT_NEAR(skew_.rate_ppb(), ppm * 1'000, 40'000);
  EXPECT_LT(worst_, Microseconds(1500));
  Run(24 * 3600, ppm);
  EXPECT_NEAR(skew_.rate_ppb(), ppm * 1'000, 300);
  EXPECT_LT(worst_, Microseconds(1500));
  EXPECT_LT(Nanoseconds(std::abs((drift_ - followed_).nanoseconds())), Microseconds(600));
}

TEST_P(ClockSkewTest, SeesThroughTheStepsInWhichAWorkerNoticesArrivals) {
  const int ppm = GetParam();
  Run(300, ppm, Microseconds(2500));
  EXPECT_NEAR(skew_.rate_ppb(), ppm * 1'000, 20'000);
  EXPECT_LT(worst_, Microseconds(4500));
}

TEST_P(ClockSkewTest, SeesThroughJitter) {
  const int ppm = GetParam();
  Run(300, ppm, Nanoseconds(1), Milliseconds(3));
  EXPECT_NEAR(skew_.rate_ppb(), ppm * 1'000, 30'000);
  EXPECT_LT(worst_, Microseconds(4500));
}

INSTANTIATE_TEST_SUITE_P(ClockSkew, ClockSkewTest,
                         testing::Values(-300, -200, -50, 0, 50, 200, 300));

TEST_F(ClockSkewTest, SaysNothingOfAnEvenClock) {
  Run(3600, 0);
  EXPECT_EQ(skew_.rate_ppb(), 0);
  EXPECT_EQ(skew_.ppb(now_), 0);
  EXPECT_EQ(skew_.drift(), MediaDuration());
}

TEST_F(ClockSkewTest, DoesNotTakeALongerPathForASlowClock) {
  Run(60, 100);
  const int32_t before = skew_.rate_ppb();
  for (const MediaDuration path : {Milliseconds(30), Milliseconds(5), Milliseconds(-40)}) {
    path_ = path;
    Run(10, 100);
    EXPECT_NEAR(skew_.rate_ppb(), before, 20'000) << path;
  }
}

TEST_F(ClockSkewTest, KeepsTheRateWhileTheStreamsTimestampsJump) {
  Run(120, 150);
  const int32_t before = skew_.rate_ppb();
  skew_.ForgetLine();
  path_ = Seconds(77);
  Run(1, 150);
  EXPECT_NEAR(skew_.rate_ppb(), before, 100);
}

TEST_F(ClockSkewTest, TellsByHowMuchTheTransitChangesInAPause) {
  Run(600, 200);
  EXPECT_NEAR(skew_.ChangeIn(Seconds(10)).microseconds(), -2000, 20);
}

}  // namespace
}  // namespace narada::mixer::jitter
