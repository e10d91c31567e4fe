#include "mixer/quality/leg_quality.h"

#include "gtest/gtest.h"

namespace narada::mixer::quality {
namespace {

constexpr codec::CodecId kPcma = codec::CodecId::kPcma;

void Play(LegQuality& quality, int ticks, int one_lost_in = 0) {
  for (int i = 1; i <= ticks; ++i) {
    quality.OnTick(true, one_lost_in > 0 && i % one_lost_in == 0 ? 1 : 0, kPcma);
  }
}

TEST(LegQuality, KnowsNothingBeforeTheFirstFrame) {
  LegQuality quality;
  for (int i = 0; i < 100; ++i) quality.OnTick(false, 0, kPcma);
  EXPECT_FALSE(quality.Estimate({}).is_known);
}

TEST(LegQuality, RatesACallWithoutAFaultAsGoodAsItGets) {
  LegQuality quality;
  Play(quality, 100);
  EXPECT_NEAR(quality.Estimate({}).mos, 4.41, 0.01);
}

TEST(LegQuality, RatesLossOfTheLastTenSecondsOnly) {
  LegQuality quality;
  Play(quality, 500, 20);
  EXPECT_NEAR(quality.Estimate({}).mos, 3.92, 0.02) << "one frame in twenty";
  Play(quality, 250);
  EXPECT_NEAR(quality.Estimate({}).mos, 4.14, 0.05) << "half of it is over";
  Play(quality, 300);
  EXPECT_NEAR(quality.Estimate({}).mos, 4.41, 0.01);
}

TEST(LegQuality, RatesDelayApartFromSound) {
  LegQuality quality;
  Play(quality, 500, 20);
  const QualityEstimate estimate = quality.Estimate(Milliseconds(300));
  EXPECT_NEAR(estimate.mos_listening, 3.92, 0.02);
  EXPECT_LT(estimate.mos, estimate.mos_listening - 0.5);
  EXPECT_LT(estimate.r_factor, estimate.r_listening - 10);
}

TEST(LegQuality, LetsASilenceNeitherMendNorSpoilACall) {
  LegQuality quality;
  Play(quality, 500, 20);
  for (int i = 0; i < 5000; ++i) quality.OnTick(false, 0, kPcma);
  EXPECT_NEAR(quality.Estimate({}).mos, 3.92, 0.02);
}

}  // namespace
}  // namespace narada::mixer::quality
