#include "mixer/service/quality_distributions.h"

#include "gtest/gtest.h"

namespace narada::mixer::service {
namespace {

TEST(Histogram, CountsAValueInTheFirstRangeThatHoldsIt) {
  Histogram histogram{.bounds = {1, 2, 3, 4, 5, 6, 7, 8}};
  for (const double value : {0.0, 1.0, 1.5, 8.0, 9.0, 100.0}) histogram.Observe(value);
  EXPECT_EQ(histogram.counts[0], 2u);
  EXPECT_EQ(histogram.counts[1], 1u);
  EXPECT_EQ(histogram.counts[7], 1u);
  EXPECT_EQ(histogram.counts[8], 2u);
  EXPECT_EQ(histogram.sum, 119.5);
}

TEST(QualityDistributions, TakeTheLossOfTheLastIntervalAlone) {
  QualityDistributions distributions;
  const room::LegStatistics before{.packets_received = 1000, .packets_lost = 500};
  const room::LegStatistics now{.packets_received = 1980, .packets_lost = 520};
  distributions.Observe(before, now);
  EXPECT_NEAR(distributions.loss_ratio.sum, 0.02, 1e-9);
  EXPECT_EQ(distributions.mos.sum, 0) << "not known yet";
  EXPECT_EQ(distributions.round_trip_seconds.sum, 0);
}

TEST(QualityDistributions, LeaveOutALegThatReceivesNothing) {
  QualityDistributions distributions;
  const room::LegStatistics idle{.packets_received = 1000, .quality = {.is_known = true, .mos = 4}};
  distributions.Observe(idle, idle);
  for (const uint64_t count : distributions.mos.counts) EXPECT_EQ(count, 0u);
}

}  // namespace
}  // namespace narada::mixer::service
