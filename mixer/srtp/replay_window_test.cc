#include "mixer/srtp/replay_window.h"

#include <set>

#include "base/random.h"
#include "gtest/gtest.h"

namespace narada::mixer::srtp {
namespace {

TEST(ReplayWindow, TakesEachIndexOnce) {
  ReplayWindow window;
  EXPECT_TRUE(window.IsFresh(0));
  window.Take(0);
  EXPECT_FALSE(window.IsFresh(0));
  window.Take(2);
  EXPECT_TRUE(window.IsFresh(1));
  EXPECT_FALSE(window.IsNewest(1));
  EXPECT_TRUE(window.IsNewest(3));
}

TEST(ReplayWindow, TakesNothingFromBeforeIt) {
  ReplayWindow window;
  window.Take(1000);
  EXPECT_TRUE(window.IsFresh(1000 - ReplayWindow::kSize + 1));
  EXPECT_FALSE(window.IsFresh(1000 - ReplayWindow::kSize));
  EXPECT_FALSE(window.IsFresh(0));
}

TEST(ReplayWindow, AgreesWithASetOfAllThatWasTaken) {
  SeededRandom random(3);
  for (int round = 0; round < 50; ++round) {
    ReplayWindow window;
    std::set<uint64_t> taken;
    uint64_t highest = 0;
    for (int i = 0; i < 2000; ++i) {
      const uint64_t ahead = random.OneIn(50) ? random.Below(300) : random.Below(4);
      const uint64_t back = random.Below(ReplayWindow::kSize + 20);
      const uint64_t index = highest + ahead > back ? highest + ahead - back : 0;
      const bool is_expected =
          taken.empty() || (taken.count(index) == 0 && index + ReplayWindow::kSize > highest);
      ASSERT_EQ(window.IsFresh(index), is_expected) << index << " after " << highest;
      if (!is_expected) continue;
      window.Take(index);
      taken.insert(index);
      highest = *taken.rbegin();
    }
  }
}

TEST(ReplayWindow, OfAResumedStreamTakesNothingUpToItsStart) {
  ReplayWindow window;
  window.StartAfter(70'000);
  for (uint64_t index = 69'000; index <= 70'000; ++index) EXPECT_FALSE(window.IsFresh(index));
  EXPECT_TRUE(window.IsFresh(70'001));
}

}  // namespace
}  // namespace narada::mixer::srtp
