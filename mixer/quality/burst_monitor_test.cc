#include "mixer/quality/burst_monitor.h"

#include "base/random.h"
#include "gtest/gtest.h"

namespace narada::mixer::quality {
namespace {

// '.' came, 'x' was lost.
BurstMonitor After(const char* frames, int repetitions = 1) {
  BurstMonitor monitor;
  for (int i = 0; i < repetitions; ++i) {
    for (const char* at = frames; *at != 0; ++at)
      *at == 'x' ? monitor.OnLost() : monitor.OnReceived();
  }
  return monitor;
}

TEST(BurstMonitor, KnowsNoBurstWhereNothingIsLost) {
  const BurstSummary summary = After("....................").Summary();
  EXPECT_EQ(summary.burst_density, 0);
  EXPECT_EQ(summary.gap_density, 0);
  EXPECT_EQ(summary.burst_ratio, 1);
}

TEST(BurstMonitor, TakesLossesFarApartForAGap) {
  const BurstSummary summary = After("........................x", 40).Summary();
  EXPECT_NEAR(summary.gap_density, 1.0 / 25, 0.003);
  EXPECT_EQ(summary.burst_length, MediaDuration());
  EXPECT_EQ(summary.burst_ratio, 1);
}

// A burst of five of which three are lost, then a second without loss.
TEST(BurstMonitor, TellsBurstsFromGaps) {
  const BurstSummary summary =
      After("..................................................x.x.x", 40).Summary();
  EXPECT_NEAR(summary.burst_density, 0.6, 0.1);
  EXPECT_LT(summary.gap_density, 0.01);
  EXPECT_NEAR(summary.burst_length.seconds(), 0.1, 0.03);
  EXPECT_NEAR(summary.gap_length.seconds(), 1.0, 0.05);
}

TEST(BurstMonitor, FindsIndependentLossesIndependentAndRunsNot) {
  SeededRandom random(1);
  BurstMonitor independent;
  for (int i = 0; i < 100'000; ++i)
    random.OneIn(20) ? independent.OnLost() : independent.OnReceived();
  EXPECT_NEAR(independent.Summary().burst_ratio, 1, 0.02);
  // Four in a row each time: 0.96 of four times as long as by chance.
  EXPECT_NEAR(
      After("................................................................................"
            "................xxxx",
            100)
          .Summary()
          .burst_ratio,
      3.84, 0.01);
}

TEST(BurstMonitor, SurvivesThatEverythingIsLost) {
  const BurstSummary summary = After("x", 1000).Summary();
  EXPECT_GE(summary.burst_density, 0);
  EXPECT_LE(summary.burst_density, 1);
  EXPECT_EQ(summary.burst_ratio, 1);
}

}  // namespace
}  // namespace narada::mixer::quality
