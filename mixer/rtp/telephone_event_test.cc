#include "mixer/rtp/telephone_event.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace narada::mixer::rtp {
namespace {

TEST(TelephoneEvent, ReadsThePayloadOfTheRfc) {
  // RFC 4733 §5: digit 9, not ended, -7 dBm0, 200 ticks.
  const std::array<uint8_t, 4> payload = {9, 7, 0, 200};
  const Result<TelephoneEvent, DropReason> event = TelephoneEvent::Parse(payload);
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(event->digit(), '9');
  EXPECT_FALSE(event->is_end);
  EXPECT_EQ(event->volume, 7);
  EXPECT_EQ(event->duration, 200);
}

TEST(TelephoneEvent, ReadsTheEndAndIgnoresTheReservedBit) {
  const std::array<uint8_t, 4> payload = {11, 0xca, 0x06, 0x40};
  const Result<TelephoneEvent, DropReason> event = TelephoneEvent::Parse(payload);
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(event->digit(), '#');
  EXPECT_TRUE(event->is_end);
  EXPECT_EQ(event->volume, 10);
  EXPECT_EQ(event->duration, 1600);
}

TEST(TelephoneEvent, DropsWhatIsTooShort) {
  for (size_t size = 0; size < TelephoneEvent::kSize; ++size) {
    const Result<TelephoneEvent, DropReason> event =
        TelephoneEvent::Parse(std::vector<uint8_t>(size));
    ASSERT_FALSE(event.ok());
    EXPECT_EQ(event.error(), DropReason::kTelephoneEvent);
  }
}

TEST(TelephoneEvent, TakesTheFirstOfSeveral) {
  const std::array<uint8_t, 8> payload = {5, 0x8a, 0, 160, 6, 0x8a, 0, 160};
  EXPECT_EQ(TelephoneEvent::Parse(payload)->digit(), '5');
}

TEST(TelephoneEvent, WritesWhatItReads) {
  for (int number = 0; number < 256; ++number) {
    TelephoneEvent event;
    event.event = static_cast<uint8_t>(number);
    event.is_end = number % 2 == 1;
    event.volume = static_cast<uint8_t>(number % 64);
    event.duration = static_cast<uint16_t>(number * 257);
    std::array<uint8_t, TelephoneEvent::kSize> bytes;
    event.Write(bytes);
    ASSERT_EQ(*TelephoneEvent::Parse(bytes), event);
  }
}

TEST(TelephoneEvent, ClampsItsVolume) {
  TelephoneEvent event;
  event.volume = 200;
  std::array<uint8_t, TelephoneEvent::kSize> bytes;
  event.Write(bytes);
  EXPECT_EQ(bytes[1], 63);
}

TEST(TelephoneEvent, MapsKeysBothWays) {
  for (const char digit : {'0', '5', '9', '*', '#', 'A', 'D'}) {
    TelephoneEvent event;
    event.event = *TelephoneEvent::EventOf(digit);
    EXPECT_EQ(event.digit(), digit);
  }
  EXPECT_EQ(TelephoneEvent::EventOf('b'), 13);
  EXPECT_FALSE(TelephoneEvent::EventOf('x').has_value());
  EXPECT_FALSE(TelephoneEvent::EventOf('\0').has_value());
}

TEST(TelephoneEvent, HasNoDigitForFlashAndModemTones) {
  TelephoneEvent event;
  for (int number = 16; number < 256; ++number) {
    event.event = static_cast<uint8_t>(number);
    EXPECT_FALSE(event.digit().has_value()) << number;
  }
}

}  // namespace
}  // namespace narada::mixer::rtp
