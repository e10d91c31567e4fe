#include "mixer/dtmf/digit_merger.h"

#include "gtest/gtest.h"

namespace narada::mixer::dtmf {
namespace {

constexpr MediaTime At(int64_t ms) { return MediaTime() + Milliseconds(100'000 + ms); }

TEST(DigitMerger, CountsAPressOnceThoughThreePathsTellIt) {
  DigitMerger merger;
  EXPECT_TRUE(merger.IsNew('5', DigitPath::kTelephoneEvent, At(0)));
  EXPECT_FALSE(merger.IsNew('5', DigitPath::kInBand, At(40)));
  EXPECT_FALSE(merger.IsNew('5', DigitPath::kSignaling, At(300)));
}

TEST(DigitMerger, KeepsTwoQuickPressesOnTwoPathsTwo) {
  DigitMerger merger;
  EXPECT_TRUE(merger.IsNew('1', DigitPath::kTelephoneEvent, At(0)));
  EXPECT_TRUE(merger.IsNew('1', DigitPath::kTelephoneEvent, At(150)));
  EXPECT_FALSE(merger.IsNew('1', DigitPath::kSignaling, At(200)));
  EXPECT_FALSE(merger.IsNew('1', DigitPath::kSignaling, At(350)));
}

TEST(DigitMerger, TakesWhicheverPathComesFirst) {
  DigitMerger merger;
  EXPECT_TRUE(merger.IsNew('#', DigitPath::kSignaling, At(0)));
  EXPECT_FALSE(merger.IsNew('#', DigitPath::kTelephoneEvent, At(100)));
}

TEST(DigitMerger, TellsOtherKeysApart) {
  DigitMerger merger;
  EXPECT_TRUE(merger.IsNew('1', DigitPath::kTelephoneEvent, At(0)));
  EXPECT_TRUE(merger.IsNew('2', DigitPath::kSignaling, At(10)));
}

TEST(DigitMerger, TakesTheSameKeyMuchLaterForAnotherPress) {
  DigitMerger merger;
  EXPECT_TRUE(merger.IsNew('1', DigitPath::kTelephoneEvent, At(0)));
  EXPECT_TRUE(merger.IsNew('1', DigitPath::kSignaling, At(2000)));
}

TEST(DigitMerger, HoldsWithMorePressesThanItRemembers) {
  DigitMerger merger;
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(merger.IsNew('7', DigitPath::kTelephoneEvent, At(10 * i)));
  }
}

}  // namespace
}  // namespace narada::mixer::dtmf
