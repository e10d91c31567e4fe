#include "mixer/quality/e_model.h"

#include <iterator>

#include "gtest/gtest.h"

namespace narada::mixer::quality {
namespace {

constexpr CodecImpairment kConcealed{.ie = 0, .bpl = 25.1};
constexpr CodecImpairment kNotConcealed{.ie = 0, .bpl = 4.3};

double MosAt(double loss_percent, CodecImpairment codec) {
  return MosOf(RFactor({.codec = codec, .loss_percent = loss_percent}));
}

TEST(EModel, RatesACallWithoutAFaultAsTheRecommendationDoes) {
  EXPECT_NEAR(RFactor({}), 93.2, 1e-9);
  EXPECT_NEAR(MosOf(93.2), 4.41, 0.005);
}

// reliability.md, "Loss 1/5/10 %": what G.711 is worth with its concealment, and would be without.
TEST(EModel, RatesLossAsTheRecommendationDoes) {
  EXPECT_NEAR(MosAt(1, kConcealed), 4.33, 0.005);
  EXPECT_NEAR(MosAt(5, kConcealed), 3.92, 0.005);
  EXPECT_NEAR(MosAt(10, kConcealed), 3.41, 0.005);
  EXPECT_NEAR(MosAt(1, kNotConcealed), 3.83, 0.005);
  EXPECT_NEAR(MosAt(5, kNotConcealed), 2.17, 0.005);
  EXPECT_NEAR(MosAt(10, kNotConcealed), 1.48, 0.005);
}

// G.107 §7.4 worked out by hand: Idd is 8.92 at 250 ms and 24.07 at 400 ms.
TEST(EModel, RatesDelayAsTheRecommendationDoes) {
  EXPECT_DOUBLE_EQ(RFactor({.one_way_delay = Milliseconds(100)}), 93.2);
  EXPECT_NEAR(RFactor({.one_way_delay = Milliseconds(250)}), 93.2 - 8.92, 0.01);
  EXPECT_NEAR(RFactor({.one_way_delay = Milliseconds(400)}), 93.2 - 24.07, 0.01);
}

TEST(EModel, RatesLossInBurstsWorse) {
  const double evenly = RFactor({.codec = kConcealed, .loss_percent = 5});
  EXPECT_LT(RFactor({.codec = kConcealed, .loss_percent = 5, .burst_ratio = 4}), evenly - 1);
  EXPECT_EQ(RFactor({.codec = kConcealed, .loss_percent = 5, .burst_ratio = 0.5}), evenly);
}

TEST(EModel, StaysOnItsScaleWhateverHappens) {
  for (const double loss : {-5.0, 0.0, 50.0, 100.0, 1e9}) {
    for (const int64_t ms : {-100, 0, 1000, 1'000'000}) {
      const double r = RFactor({.loss_percent = loss, .one_way_delay = Milliseconds(ms)});
      EXPECT_GE(r, 0);
      EXPECT_LE(r, 100);
      EXPECT_GE(MosOf(r), 1);
      EXPECT_LE(MosOf(r), 4.5);
    }
  }
  EXPECT_EQ(MosOf(-1), 1);
  EXPECT_NEAR(MosOf(100), 4.5, 1e-9);
}

TEST(EModel, KnowsEveryCodec) {
  for (size_t i = 0; i < codec::kCodecCount; ++i) {
    EXPECT_GT(ImpairmentOf(static_cast<codec::CodecId>(i)).bpl, 0);
  }
}

}  // namespace
}  // namespace narada::mixer::quality
