#include "mixer/dtmf/digit_merger.h"

#include <iterator>

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

// asterisk-unimrcp#44: a long press by RTP whose SIP INFO comes when the key is let go.
TEST(DigitMerger, WaitsForSignalingUntilTheKeyIsLetGo) {
  DigitMerger merger;
  EXPECT_TRUE(merger.IsNew('1', DigitPath::kTelephoneEvent, At(0)));
  for (int ms = 20; ms <= 5000; ms += 20) {
    merger.Holds('1', DigitPath::kTelephoneEvent, At(ms));
  }
  EXPECT_FALSE(merger.IsNew('1', DigitPath::kSignaling, At(5300)));
  EXPECT_TRUE(merger.IsNew('1', DigitPath::kTelephoneEvent, At(5400)));
}

// Presses 130 ms apart on three paths, each with a delay of its own: the fastest there are.
TEST(DigitMerger, CountsQuickPressesOfOneKeyOnThreePathsOnceEach) {
  DigitMerger merger;
  constexpr int kPresses = 10;
  constexpr DigitPath kPaths[] = {DigitPath::kTelephoneEvent, DigitPath::kInBand,
                                  DigitPath::kSignaling};
  constexpr int kDelays[] = {0, 60, 700};
  int digits = 0;
  for (int ms = 0; ms < 3000; ++ms) {
    for (size_t path = 0; path < std::size(kPaths); ++path) {
      const int since = ms - kDelays[path];
      if (since < 0 || since % 130 != 0 || since / 130 >= kPresses) continue;
      digits += merger.IsNew('5', kPaths[path], At(ms));
    }
  }
  EXPECT_EQ(digits, kPresses);
}

}  // namespace
}  // namespace narada::mixer::dtmf
