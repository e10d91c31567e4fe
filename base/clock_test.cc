#include "base/clock.h"

#include <gtest/gtest.h>

namespace narada {
namespace {

TEST(ManualClock, StandsStillUntilAdvanced) {
  const absl::Time start = absl::FromUnixSeconds(1'800'000'000);
  ManualClock clock(start);
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Hours(7 * 24));
  EXPECT_EQ(clock.Now(), start + absl::Hours(168));
  clock.Advance(-absl::Hours(168));
  EXPECT_EQ(clock.Now(), start);
  clock.Set(start + absl::Nanoseconds(1));
  EXPECT_EQ(clock.Now() - start, absl::Nanoseconds(1));
}

TEST(SystemClock, ReadsTheWallClock) {
  const absl::Time before = absl::Now();
  const absl::Time now = SystemClock().Now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, absl::Now());
}

TEST(MonotonicNanoseconds, NeverGoesBack) {
  const int64_t first = MonotonicNanoseconds();
  EXPECT_LE(first, MonotonicNanoseconds());
}

TEST(RealtimeNanoseconds, IsTheWallClock) {
  const absl::Time before = absl::Now();
  const absl::Time now = absl::FromUnixNanos(RealtimeNanoseconds());
  EXPECT_LE(before, now);
  EXPECT_LE(now, absl::Now());
}

}  // namespace
}  // namespace narada
