// Values and their arithmetic: media time, RTP clocks, sequence numbers, sources.
#include <gtest/gtest.h>

#include "mixer/units/media_time.h"
#include "mixer/units/payload_type.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/sample_count.h"
#include "mixer/units/sequence_number.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer {
namespace {

constexpr ClockRate k8kClock = ClockRate::FromHertz(8000);
constexpr SampleRate k8k = SampleRate::FromHertz(8000);
constexpr SampleRate k16k = SampleRate::FromHertz(16000);
constexpr SampleRate k48k = SampleRate::FromHertz(48000);

TEST(MediaTime, DistancesAreDurations) {
  const MediaTime start = MediaTime::FromNanoseconds(5);
  EXPECT_EQ(start + Milliseconds(20) - start, Milliseconds(20));
  EXPECT_LT(start, start + Nanoseconds(1));
  EXPECT_LT(start + Seconds(1'000'000'000), MediaTime::Never());
}

TEST(MediaDuration, CountsAndDivides) {
  EXPECT_EQ(Seconds(1), 50 * Milliseconds(20));
  EXPECT_EQ(Milliseconds(65) / Milliseconds(20), 3);
  EXPECT_EQ(Milliseconds(65) % Milliseconds(20), Milliseconds(5));
  EXPECT_EQ((-Milliseconds(3)).microseconds(), -3000);
  EXPECT_DOUBLE_EQ(Milliseconds(1500).seconds(), 1.5);
}

TEST(SampleRate, TwentyMillisecondsAreAWholeFrame) {
  EXPECT_EQ(k8k.SamplesIn(Milliseconds(20)), SampleCount(160));
  EXPECT_EQ(k48k.SamplesIn(Milliseconds(20)), SampleCount(960));
  EXPECT_EQ(k8k.DurationOf(SampleCount(160)), Milliseconds(20));
}

TEST(SampleRate, StaysExactOverDays) {
  const MediaDuration days = Seconds(30 * 24 * 3600);
  EXPECT_EQ(k48k.SamplesIn(days), SampleCount(int64_t{30} * 24 * 3600 * 48000));
  EXPECT_EQ(k48k.DurationOf(k48k.SamplesIn(days)), days);
}

TEST(RtpTimestamp, MeasuresAcrossTheWrap) {
  const RtpTimestamp before(0xffffff60);
  const RtpTimestamp after = before + RtpTicks(320);
  EXPECT_EQ(after.value(), 160u);
  EXPECT_EQ(after - before, RtpTicks(320));
  EXPECT_EQ(before - after, RtpTicks(-320));
  EXPECT_EQ(after - RtpTicks(320), before);
}

TEST(ClockRate, TicksBecomeSamplesThroughTheClock) {
  EXPECT_EQ(k8kClock.TicksIn(Milliseconds(20)), RtpTicks(160));
  EXPECT_EQ(k8kClock.ToSamples(RtpTicks(160), k8k), SampleCount(160));
  // G.722: 16 kHz samples under an 8 kHz clock (RFC 3551 §4.5.2).
  EXPECT_EQ(k8kClock.ToSamples(RtpTicks(160), k16k), SampleCount(320));
  EXPECT_EQ(k8kClock.ToTicks(SampleCount(320), k16k), RtpTicks(160));
  EXPECT_EQ(k8kClock.DurationOf(RtpTicks(-160)), -Milliseconds(20));
}

TEST(SequenceNumber, MeasuresAcrossTheWrap) {
  EXPECT_EQ(SequenceNumber(2) - SequenceNumber(65535), 3);
  EXPECT_EQ(SequenceNumber(65535) - SequenceNumber(2), -3);
  EXPECT_EQ(SequenceNumber(65535) + 1, SequenceNumber(0));
  SequenceNumber number(65535);
  EXPECT_EQ(++number, SequenceNumber(0));
}

TEST(SequenceUnwrapper, MakesALineOfTheCircle) {
  SequenceUnwrapper unwrapper;
  EXPECT_FALSE(unwrapper.started());
  EXPECT_EQ(unwrapper.Unwrap(SequenceNumber(65534)), 65534);
  EXPECT_EQ(unwrapper.Unwrap(SequenceNumber(65535)), 65535);
  EXPECT_EQ(unwrapper.Unwrap(SequenceNumber(0)), 65536);
  EXPECT_EQ(unwrapper.highest(), 65536);
}

TEST(SequenceUnwrapper, GivesLatePacketsTheirOldIndex) {
  SequenceUnwrapper unwrapper;
  unwrapper.Unwrap(SequenceNumber(1));
  EXPECT_EQ(unwrapper.Unwrap(SequenceNumber(65535)), -1) << "sent before the first that arrived";
  EXPECT_EQ(unwrapper.highest(), 1);
  EXPECT_EQ(unwrapper.Unwrap(SequenceNumber(2)), 2);
}

TEST(SequenceUnwrapper, CountsManyWraps) {
  SequenceUnwrapper unwrapper;
  for (int64_t i = 0; i < 5 * 65536; ++i) {
    ASSERT_EQ(unwrapper.Unwrap(SequenceNumber(static_cast<uint16_t>(i))), i);
  }
  EXPECT_EQ(unwrapper.Peek(SequenceNumber(7)), 5 * 65536 + 7);
  unwrapper.Reset();
  EXPECT_EQ(unwrapper.Unwrap(SequenceNumber(7)), 7);
}

TEST(PayloadType, KnowsTheDynamicRange) {
  EXPECT_FALSE(kPcmaPayloadType.is_dynamic());
  EXPECT_FALSE(PayloadType(95).is_dynamic());
  EXPECT_TRUE(PayloadType(96).is_dynamic());
  EXPECT_TRUE(PayloadType(PayloadType::kMax).is_dynamic());
}

TEST(Ssrc, ComparesByValue) {
  EXPECT_EQ(Ssrc(7), Ssrc(7));
  EXPECT_NE(Ssrc(7), Ssrc(8));
}

}  // namespace
}  // namespace narada::mixer
