#include "mixer/dtmf/telephone_event_receiver.h"

#include <string>

#include "gtest/gtest.h"

namespace narada::mixer::dtmf {
namespace {

// Plays a sender's packets at the receiver; time goes on by 20 ms with each.
class TelephoneEventReceiverTest : public testing::Test {
 protected:
  void Packet(uint8_t event, uint32_t timestamp, int duration, bool is_end = false,
              bool marker = false) {
    const auto digit = receiver_.OnPacket(
        {.event = event, .is_end = is_end, .duration = static_cast<uint16_t>(duration)},
        RtpTimestamp(timestamp), marker, now_);
    if (digit.has_value()) digits_ += *digit;
    now_ += Milliseconds(20);
  }

  // A press as RFC 4733 wants it: updates, then three ends. Packets in `lost` do not arrive.
  void Press(uint8_t event, uint32_t timestamp, const std::string& lost = "") {
    for (int i = 0; i < 8; ++i) {
      const int duration = std::min(160 * (i + 1), 960);
      if (lost.find(static_cast<char>('0' + i)) != std::string::npos) {
        now_ += Milliseconds(20);
      } else {
        Packet(event, timestamp, duration, i >= 5, i == 0);
      }
    }
  }

  bool MutesAt(uint32_t timestamp) {
    return receiver_.Mutes(RtpTimestamp(timestamp), RtpTicks(160), now_);
  }

  TelephoneEventReceiver receiver_{ClockRate::FromHertz(8000)};
  MediaTime now_ = MediaTime() + Seconds(100);
  std::string digits_;
};

TEST_F(TelephoneEventReceiverTest, MakesOneDigitOfOnePress) {
  Press(5, 1000);
  EXPECT_EQ(digits_, "5");
}

TEST_F(TelephoneEventReceiverTest, KnowsAllSixteenKeys) {
  for (uint8_t event = 0; event < 16; ++event) Press(event, 10'000 * (event + 1));
  EXPECT_EQ(digits_, "0123456789*#ABCD");
}

TEST_F(TelephoneEventReceiverTest, TellsADigitWhicheverOfItsPacketsArrive) {
  for (const char* lost : {"0", "01234", "1234567", "567", "0123456"}) {
    digits_.clear();
    receiver_.Reset();
    Press(7, 5000, lost);
    EXPECT_EQ(digits_, "7") << "lost: " << lost;
  }
}

TEST_F(TelephoneEventReceiverTest, TellsTheSameKeyPressedTwiceQuicklyTwice) {
  for (int i = 0; i < 3; ++i) Packet(1, 1000, 160 * (i + 1), i == 2, i == 0);
  for (int i = 0; i < 3; ++i) Packet(1, 1800, 160 * (i + 1), i == 2);  // 40 ms pause, marker lost.
  EXPECT_EQ(digits_, "11");
}

TEST_F(TelephoneEventReceiverTest, TellsASecondPressAlthoughTheEndsOfTheFirstWereLost) {
  Press(1, 1000, "567");
  Press(1, 4000);
  EXPECT_EQ(digits_, "11");
}

TEST_F(TelephoneEventReceiverTest, IgnoresLatePacketsOfAnEarlierPress) {
  Press(1, 1000);
  Press(2, 4000);
  Packet(1, 1000, 960, true);
  Packet(2, 4000, 160);
  EXPECT_EQ(digits_, "12");
}

TEST_F(TelephoneEventReceiverTest, TakesAPressOfTwentySecondsForOne) {
  uint32_t timestamp = 1000;
  int duration = 0;
  for (int i = 0; i < 1000; ++i) {
    duration += 160;
    if (duration > 0xffff) {
      timestamp += 0xffff;
      duration -= 0xffff;
    }
    Packet(4, timestamp, duration, false, i == 0);
  }
  Packet(4, timestamp, duration, true);
  EXPECT_EQ(digits_, "4");
}

TEST_F(TelephoneEventReceiverTest, TakesAPressThatIsStampedAnewWithEveryPacketForOne) {
  for (int i = 0; i < 10; ++i) Packet(3, 1000 + 160 * i, 160 * (i + 1), i >= 7, i == 0);
  EXPECT_EQ(digits_, "3");
}

TEST_F(TelephoneEventReceiverTest, TellsOverlappingPressesOnceEach) {
  Packet(1, 1000, 160, false, true);
  Packet(2, 1160, 160, false, true);
  Packet(1, 1000, 320, true);
  Packet(2, 1160, 320, true);
  Packet(1, 1000, 320, true);
  EXPECT_EQ(digits_, "12");
}

TEST_F(TelephoneEventReceiverTest, IgnoresWhatIsNoKey) {
  for (int event : {16, 32, 36, 255}) Press(static_cast<uint8_t>(event), 1000 * event);
  EXPECT_EQ(digits_, "");
  EXPECT_FALSE(MutesAt(1000 * 255));
}

TEST_F(TelephoneEventReceiverTest, WorksAcrossTheWrapOfTheTimestamp) {
  Press(9, 0xffffff00);
  EXPECT_EQ(digits_, "9");
  EXPECT_TRUE(MutesAt(0xffffff00));
  EXPECT_TRUE(MutesAt(0x00000100));
}

TEST_F(TelephoneEventReceiverTest, MutesTheAudioOfThePressAndNoOther) {
  EXPECT_FALSE(MutesAt(1000));
  Press(5, 10'000);  // 960 ticks long.
  EXPECT_FALSE(MutesAt(10'000 - 400));
  EXPECT_TRUE(MutesAt(10'000 - 160));  // The guard before ...
  EXPECT_TRUE(MutesAt(10'000));
  EXPECT_TRUE(MutesAt(10'000 + 800));
  EXPECT_TRUE(MutesAt(10'000 + 1000));  // ... and after it.
  EXPECT_FALSE(MutesAt(10'000 + 1200));
}

TEST_F(TelephoneEventReceiverTest, MutesEverythingWhileAPressGoesOn) {
  Packet(5, 10'000, 160, false, true);
  EXPECT_TRUE(MutesAt(1000));
  now_ += Milliseconds(200);  // Its end was lost.
  EXPECT_FALSE(MutesAt(1000));
}

}  // namespace
}  // namespace narada::mixer::dtmf
