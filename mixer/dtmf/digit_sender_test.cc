#include "mixer/dtmf/digit_sender.h"

#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/dtmf/telephone_event_receiver.h"

namespace narada::mixer::dtmf {
namespace {

constexpr ClockRate kClock = ClockRate::FromHertz(8000);
constexpr RtpTicks kTick(160);

// What is sent in each of `ticks` ticks, from timestamp 0 on.
std::vector<std::optional<EventPacket>> RunTicks(DigitSender& sender, int ticks) {
  std::vector<std::optional<EventPacket>> sent;
  for (int i = 0; i < ticks; ++i) {
    sent.push_back(sender.Tick(RtpTimestamp(160 * i), kTick, kClock));
  }
  return sent;
}

TEST(DigitSender, SendsAPressAsTheRfcWantsIt) {
  DigitSender sender;
  ASSERT_TRUE(sender.Queue("5", Milliseconds(100)));
  const auto sent = RunTicks(sender, 12);
  const int durations[] = {160, 320, 480, 640, 800, 800, 800};
  for (int i = 0; i < 7; ++i) {
    SCOPED_TRACE(i);
    ASSERT_TRUE(sent[i].has_value());
    EXPECT_EQ(sent[i]->event.event, 5);
    EXPECT_EQ(sent[i]->event.duration, durations[i]);
    EXPECT_EQ(sent[i]->event.is_end, i >= 4);
    EXPECT_EQ(sent[i]->marker, i == 0);
    EXPECT_EQ(sent[i]->timestamp, RtpTimestamp(0));
  }
  for (int i = 7; i < 12; ++i) EXPECT_FALSE(sent[i].has_value()) << i;
  EXPECT_TRUE(sender.is_idle());
}

TEST(DigitSender, LeavesAHundredMillisecondsBetweenTwoPresses) {
  DigitSender sender;
  ASSERT_TRUE(sender.Queue("11", Milliseconds(100)));
  const auto sent = RunTicks(sender, 20);
  // 5 ticks of tone, 5 of pause.
  ASSERT_TRUE(sent[10].has_value());
  EXPECT_TRUE(sent[10]->marker);
  EXPECT_EQ(sent[10]->timestamp, RtpTimestamp(1600));
  EXPECT_FALSE(sent[9].has_value());
}

TEST(DigitSender, IsUnderstoodByOurReceiver) {
  DigitSender sender;
  ASSERT_TRUE(sender.Queue("0123456789*#ABCD", Milliseconds(60)));
  TelephoneEventReceiver receiver(kClock);
  std::string digits;
  MediaTime now;
  for (int i = 0; i < 400; ++i, now += Milliseconds(20)) {
    const auto packet = sender.Tick(RtpTimestamp(160 * i), kTick, kClock);
    if (!packet.has_value()) continue;
    const auto digit = receiver.OnPacket(packet->event, packet->timestamp, packet->marker, now);
    if (digit.has_value()) digits += *digit;
  }
  EXPECT_EQ(digits, "0123456789*#ABCD");
}

TEST(DigitSender, TakesAllDigitsOrNone) {
  DigitSender sender;
  EXPECT_FALSE(sender.Queue("12x", Milliseconds(100)));
  EXPECT_TRUE(sender.is_idle());
  EXPECT_TRUE(sender.Queue(std::string(DigitSender::kDigitsMax, '1'), Milliseconds(100)));
  EXPECT_FALSE(sender.Queue("1", Milliseconds(100)));
}

TEST(DigitSender, BringsLengthsIntoItsLimits) {
  DigitSender sender;
  ASSERT_TRUE(sender.Queue("1", Milliseconds(1)));
  const auto sent = RunTicks(sender, 4);
  EXPECT_TRUE(sent[1]->event.is_end);
  EXPECT_EQ(sent[1]->event.duration, 320);
}

// RFC 4733 §2.5.1.3: a press longer than the 16 bits of its duration.
TEST(DigitSender, SplitsALongPressIntoSegmentsThatAreOneDigit) {
  for (const int clock_hz : {8000, 48'000}) {
    const ClockRate clock = ClockRate::FromHertz(clock_hz);
    const RtpTicks tick = clock.TicksIn(Milliseconds(20));
    DigitSender sender;
    ASSERT_TRUE(sender.Queue("7", Seconds(30)));
    TelephoneEventReceiver receiver(clock);
    std::string digits;
    int segments = 0;
    int markers = 0;
    RtpTimestamp last(1);
    RtpTimestamp now(0);
    RtpTicks told;
    MediaTime time;
    for (int i = 0; i < 1600; ++i, now += tick, time += Milliseconds(20)) {
      const auto packet = sender.Tick(now, tick, clock);
      if (!packet.has_value()) continue;
      if (packet->timestamp != last) {
        if (segments++ > 0) {
          EXPECT_EQ(packet->timestamp - last, RtpTicks(0xffff));
          EXPECT_EQ(told, RtpTicks(0xffff)) << "the segment before ends with the largest duration";
        }
        last = packet->timestamp;
      }
      told = RtpTicks(packet->event.duration);
      markers += packet->marker;
      const auto digit = receiver.OnPacket(packet->event, packet->timestamp, packet->marker, time);
      if (digit.has_value()) digits += *digit;
    }
    EXPECT_EQ(segments, 30 * clock_hz / 0xffff + 1) << clock_hz;
    EXPECT_EQ(markers, 1);
    EXPECT_EQ(digits, "7");
    EXPECT_EQ(last + told - RtpTimestamp(0), clock.TicksIn(Seconds(30)));
  }
}

}  // namespace
}  // namespace narada::mixer::dtmf
