#include "mixer/jitter/playout_delay.h"

#include "gtest/gtest.h"

namespace narada::mixer::jitter {
namespace {

// Packets every 20 ms.
class PlayoutDelayTest : public testing::Test {
 protected:
  void Packets(int count, int64_t transit) {
    for (int i = 0; i < count; ++i, now_ += Milliseconds(20)) delay_.OnPacket(transit, now_);
  }
  PlayoutDelay delay_;
  MediaTime now_;
};

TEST_F(PlayoutDelayTest, IsTheTransitOfAnEvenNetwork) {
  EXPECT_FALSE(delay_.is_known());
  Packets(100, 777);
  EXPECT_EQ(delay_.fastest(), 777);
  EXPECT_EQ(delay_.needed(), 777);
}

TEST_F(PlayoutDelayTest, DoesNotWaitForASingleStraggler) {
  Packets(100, 100);
  Packets(1, 1000);
  EXPECT_EQ(delay_.needed(), 100);
  Packets(1, 900);
  EXPECT_EQ(delay_.needed(), 900);
}

TEST_F(PlayoutDelayTest, ForgetsAStormAfterThreeSeconds) {
  Packets(50, 2000);
  Packets(3 * 50, 100);
  EXPECT_EQ(delay_.needed(), 100);
  EXPECT_EQ(delay_.fastest(), 100);
}

TEST_F(PlayoutDelayTest, FollowsADriftingClock) {
  for (int i = 0; i < 60 * 50; ++i) Packets(1, -i / 10);  // 0.1 ticks each.
  EXPECT_NEAR(delay_.fastest(), -299, 1);
  EXPECT_NEAR(delay_.needed(), -299, 30);
}

TEST_F(PlayoutDelayTest, KnowsNothingAfterAReset) {
  Packets(10, 5);
  delay_.Reset();
  EXPECT_FALSE(delay_.is_known());
  Packets(1, -7000);
  EXPECT_EQ(delay_.needed(), -7000);
}

}  // namespace
}  // namespace narada::mixer::jitter
