#include "mixer/dtmf/telephone_event_receiver.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
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
    now_ += Seconds(1);  // Another call.
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

TEST_F(TelephoneEventReceiverTest, TakesAPressThatGoesOnUnderANewSsrcForOne) {
  Packet(3, 1000, 160, false, true);
  Packet(3, 1000, 320);
  receiver_.Reset();
  Packet(3, 700'000, 640);
  Packet(3, 700'000, 960, true);
  receiver_.Reset();  // And between its ends.
  Packet(3, 1'400'000, 960, true);
  EXPECT_EQ(digits_, "3");
  // Another press is another, also of the same key and without its first packet.
  receiver_.Reset();
  Press(3, 2'000'000, "0");
  receiver_.Reset();
  Press(4, 3'000'000);
  EXPECT_EQ(digits_, "334");
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

// Opus with telephone-event/8000: the two clocks do not compare.
TEST_F(TelephoneEventReceiverTest, MutesAudioOfAnotherClockWhileAndJustAfterPacketsOfAPressCome) {
  EXPECT_FALSE(receiver_.MutesByArrival(now_));
  Press(5, 10'000);
  EXPECT_TRUE(receiver_.MutesByArrival(now_));
  EXPECT_FALSE(receiver_.MutesByArrival(now_ + Milliseconds(150)));
}

TEST_F(TelephoneEventReceiverTest, MutesEverythingWhileAPressGoesOn) {
  Packet(5, 10'000, 160, false, true);
  EXPECT_TRUE(MutesAt(1000));
  now_ += Milliseconds(200);  // Its end was lost.
  EXPECT_FALSE(MutesAt(1000));
}

// --- reliability.md V13: senders as they are ---

struct OddPacket {
  uint8_t event;
  uint32_t timestamp;
  int duration;
  bool is_end = false;
  bool marker = false;
  int after_ms = 20;  // The packet before.
};

struct OddSender {
  const char* name;
  const char* digits;
  std::vector<OddPacket> packets;
};

const OddSender kOddSenders[] = {
    {"one packet, not the end", "1", {{1, 1000, 160, false, true}}},
    {"nothing but an end", "1", {{1, 1000, 800, true}}},
    {"an end without a beginning, three times",
     "1",
     {{1, 1000, 800, true}, {1, 1000, 800, true}, {1, 1000, 800, true}}},
    {"no end, then the next press",
     "12",
     {{1, 1000, 160, false, true},
      {1, 1000, 320},
      {2, 2000, 160, false, true, 100},
      {2, 2000, 320, true}}},
    {"no end, then the same key",
     "11",
     {{1, 1000, 160, false, true},
      {1, 1000, 320},
      {1, 2600, 160, false, true, 180},
      {1, 2600, 320, true}}},
    {"an end a second late",
     "1",
     {{1, 1000, 160, false, true}, {1, 1000, 320}, {1, 1000, 480, true, false, 1000}}},
    {"durations of zero", "1", {{1, 1000, 0, false, true}, {1, 1000, 0}, {1, 1000, 0, true}}},
    {"decreasing durations",
     "1",
     {{1, 1000, 800, false, true}, {1, 1000, 480}, {1, 1000, 160, true}}},
    {"the largest duration at once",
     "1",
     {{1, 1000, 0xffff, false, true}, {1, 1000, 0xffff, true}}},
    {"a stamp of its own for each packet",
     "1",
     {{1, 1000, 160, false, true}, {1, 1160, 320}, {1, 1320, 480}, {1, 1480, 640, true}}},
    {"a stamp of its own and a marker for each packet",
     "1",
     {{1, 1000, 160, false, true}, {1, 1160, 320, false, true}, {1, 1320, 480, true, true}}},
    {"stamps of 40 ms packets",
     "1",
     {{1, 1000, 320, false, true},
      {1, 1320, 640, false, false, 40},
      {1, 1640, 960, true, false, 40}}},
    {"six ends",
     "1",
     {{1, 1000, 160, false, true},
      {1, 1000, 320, true},
      {1, 1000, 320, true},
      {1, 1000, 320, true},
      {1, 1000, 320, true},
      {1, 1000, 320, true},
      {1, 1000, 320, true}}},
    {"updates behind the end", "1", {{1, 1000, 480, true, true}, {1, 1000, 160}, {1, 1000, 320}}},
    {"a repeated first packet",
     "1",
     {{1, 1000, 160, false, true}, {1, 1000, 160, false, true}, {1, 1000, 320, true}}},
    {"all at once after an outage",
     "123",
     {{1, 1000, 480, true, true, 2000},
      {2, 3000, 160, false, true, 0},
      {2, 3000, 320, true, false, 0},
      {3, 5000, 480, true, false, 0}}},
    {"the other way round",
     "321",
     {{3, 5000, 480, true},
      {2, 3000, 480, true, false, 0},
      {1, 1000, 480, true, false, 0},
      {3, 5000, 160, false, true, 0}}},
    {"timestamps that stand still",
     "11",
     {{1, 1000, 160, false, true},
      {1, 1000, 800, true},
      {1, 1000, 160, false, true, 300},
      {1, 1000, 800, true}}},
    {"a next segment without the end of the first",
     "1",
     {{1, 0, 0xfe00, false, true}, {1, 0, 0xffff}, {1, 0xffff, 160}, {1, 0xffff, 320, true}}},
    {"a next segment whose predecessor's last packets are lost",
     "1",
     {{1, 0, 0xf000, false, true}, {1, 0xff00, 160, false, false, 100}, {1, 0xff00, 320, true}}},
    {"event 255 among them",
     "1",
     {{255, 1000, 160, false, true},
      {1, 3000, 160, false, true},
      {255, 1000, 320, true},
      {1, 3000, 320, true}}},
    {"flash and modem tones",
     "",
     {{16, 1000, 160, true, true},
      {32, 3000, 160, true, true},
      {54, 5000, 160, true, true},
      {128, 7000, 160, true, true}}},
    {"overlapping presses",
     "12",
     {{1, 1000, 320, false, true},
      {2, 1160, 160, false, true},
      {1, 1000, 480, true},
      {2, 1160, 480, true}}},
};

TEST_F(TelephoneEventReceiverTest, UnderstandsSendersAsTheyAre) {
  for (const OddSender& sender : kOddSenders) {
    digits_.clear();
    receiver_.Reset();
    for (const OddPacket& packet : sender.packets) {
      now_ += Milliseconds(packet.after_ms) - Milliseconds(20);  // Packet() adds 20 ms.
      Packet(packet.event, packet.timestamp, packet.duration, packet.is_end, packet.marker);
    }
    EXPECT_EQ(digits_, sender.digits) << sender.name;
    now_ += Seconds(3);
    EXPECT_FALSE(receiver_.IsActive(now_)) << sender.name << ": a stuck tone";
  }
}

TEST_F(TelephoneEventReceiverTest, DoesNotMuteForLongWhatAnImpossibleDurationCovers) {
  Packet(5, 10'000, 0xffff, true, true);
  EXPECT_TRUE(MutesAt(10'000));
  EXPECT_FALSE(MutesAt(10'000 + 8 * 1000)) << "a second after it";
}

// reliability.md, "Loss 1/5/10 %": no digit is missed and none doubled in 100,000 presses.
TEST_F(TelephoneEventReceiverTest, CountsEveryPressOnceWhileOnePacketInTenIsLost) {
  for (const int clock_hz : {8000, 48'000}) {
    receiver_ = TelephoneEventReceiver(ClockRate::FromHertz(clock_hz));
    SeededRandom random(7);
    const uint32_t tick = static_cast<uint32_t>(clock_hz / 50);
    uint32_t timestamp = 1;
    std::string pressed;
    digits_.clear();
    for (int press = 0; press < 50'000; ++press) {
      const auto key = static_cast<uint8_t>(random.Below(16));
      const int updates = 3 + static_cast<int>(random.Below(5));
      pressed += *rtp::TelephoneEvent{.event = key}.digit();
      // A packet every 20 ms, the end three times; one in ten is lost, one in fifty comes twice.
      for (int i = 0; i < updates + 3; ++i) {
        const int duration = static_cast<int>(tick) * std::min(i + 1, updates + 1);
        if (random.Below(10) != 0) {
          Packet(key, timestamp, duration, i >= updates, i == 0);
          if (random.Below(50) == 0) {
            now_ += -Milliseconds(20);
            Packet(key, timestamp, duration, i >= updates, i == 0);
          }
        } else {
          now_ += Milliseconds(20);
        }
      }
      timestamp += tick * static_cast<uint32_t>(updates + 5);
      now_ += Milliseconds(40);
    }
    EXPECT_TRUE(digits_ == pressed)
        << clock_hz << " Hz: " << digits_.size() << " of " << pressed.size();
  }
}

TEST_F(TelephoneEventReceiverTest, TakesALongPressAt48KilohertzForOne) {
  receiver_ = TelephoneEventReceiver(ClockRate::FromHertz(48'000));
  uint32_t timestamp = 1000;
  int duration = 0;
  for (int i = 0; i < 500; ++i) {  // 10 s: eight segments.
    duration += 960;
    const bool is_full = duration > 0xffff;
    if (i % 7 != 3) Packet(4, timestamp, std::min(duration, 0xffff), false, i == 0);
    if (is_full) {
      timestamp += 0xffff;
      duration -= 0xffff;
    }
  }
  Packet(4, timestamp, duration, true);
  EXPECT_EQ(digits_, "4");
}

}  // namespace
}  // namespace narada::mixer::dtmf
