#include "mixer/rtp/reception_statistics.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/media_path_scope.h"
#include "base/random.h"

namespace narada::mixer::rtp {
namespace {

constexpr ClockRate kClock = ClockRate::FromHertz(8000);
constexpr Ssrc kSource(5);

// A sender of one packet every 20 ms, seen by a receiver.
class Stream {
 public:
  explicit Stream(uint16_t first) : first_(first) {}

  // The packet with this index, `late` after the time at which it would arrive evenly.
  SequenceVerdict Arrives(int64_t index, MediaDuration late = MediaDuration()) {
    return statistics.OnPacket(SequenceNumber(static_cast<uint16_t>(first_ + index)),
                               RtpTimestamp(static_cast<uint32_t>(index * 160)), At(index) + late);
  }
  MediaTime At(int64_t index) const { return MediaTime() + Seconds(1) + index * Milliseconds(20); }

  ReceptionStatistics statistics{kClock};

 private:
  const uint16_t first_;
};

TEST(ReceptionStatistics, ReportsNothingBeforeTheFirstPacket) {
  ReceptionStatistics statistics(kClock);
  EXPECT_FALSE(statistics.has_packets());
  EXPECT_EQ(statistics.lost(), 0);
  ReportBlock expected;
  expected.source = kSource;
  EXPECT_EQ(statistics.MakeReport(kSource, MediaTime()), expected);
}

TEST(ReceptionStatistics, CountsAnEvenStreamAcrossTheWrap) {
  Stream stream(65500);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(stream.Arrives(i), SequenceVerdict::kInOrder);
  EXPECT_EQ(stream.statistics.received(), 200);
  EXPECT_EQ(stream.statistics.lost(), 0);
  const ReportBlock report = stream.statistics.MakeReport(kSource, stream.At(200));
  EXPECT_EQ(report.highest_sequence, 65500u + 199);
  EXPECT_EQ(report.fraction_lost, 0);
  EXPECT_EQ(report.interarrival_jitter, 0u);
}

TEST(ReceptionStatistics, CountsLossInTotalAndPerInterval) {
  Stream stream(1);
  for (int i = 0; i < 100; ++i) {
    if (i % 4 != 3 || i == 99) stream.Arrives(i);
  }
  ReportBlock report = stream.statistics.MakeReport(kSource, stream.At(100));
  EXPECT_EQ(report.cumulative_lost, 24);
  EXPECT_EQ(report.fraction_lost, 24 * 256 / 100);
  for (int i = 100; i < 200; ++i) stream.Arrives(i);
  report = stream.statistics.MakeReport(kSource, stream.At(200));
  EXPECT_EQ(report.cumulative_lost, 24) << "the total stays";
  EXPECT_EQ(report.fraction_lost, 0) << "the interval was clean";
}

TEST(ReceptionStatistics, ReorderedPacketsAreNotLost) {
  Stream stream(1);
  stream.Arrives(0);
  EXPECT_EQ(stream.Arrives(2), SequenceVerdict::kInOrder);
  EXPECT_EQ(stream.statistics.lost(), 1);
  EXPECT_EQ(stream.Arrives(1), SequenceVerdict::kLate);
  EXPECT_EQ(stream.statistics.lost(), 0);
}

TEST(ReceptionStatistics, DuplicatesMakeTheLossNegative) {
  Stream stream(1);
  stream.Arrives(0);
  EXPECT_EQ(stream.Arrives(0), SequenceVerdict::kLate);
  EXPECT_EQ(stream.statistics.lost(), -1);
  const ReportBlock report = stream.statistics.MakeReport(kSource, stream.At(1));
  EXPECT_EQ(report.cumulative_lost, -1);
  EXPECT_EQ(report.fraction_lost, 0) << "RFC 3550 A.3: never negative";
}

TEST(ReceptionStatistics, ALonePacketFromFarAwayChangesNothing) {
  Stream stream(1);
  stream.Arrives(0);
  stream.Arrives(1);
  EXPECT_EQ(stream.Arrives(30000), SequenceVerdict::kJump);
  EXPECT_EQ(stream.Arrives(2), SequenceVerdict::kInOrder);
  EXPECT_EQ(stream.statistics.received(), 3);
  EXPECT_EQ(stream.statistics.lost(), 0);
}

TEST(ReceptionStatistics, TwoInARowFromFarAwayAreARestart) {
  Stream stream(1);
  for (int i = 0; i < 10; ++i) stream.Arrives(i);
  stream.Arrives(11);
  EXPECT_EQ(stream.statistics.lost(), 1);
  EXPECT_EQ(stream.Arrives(30000), SequenceVerdict::kJump);
  EXPECT_EQ(stream.Arrives(30001), SequenceVerdict::kRestarted);
  EXPECT_EQ(stream.Arrives(30002), SequenceVerdict::kInOrder);
  EXPECT_EQ(stream.statistics.received(), 13);
  EXPECT_EQ(stream.statistics.lost(), 1) << "what was lost before the restart stays lost";
}

TEST(ReceptionStatistics, JitterConvergesToTheMeanDifference) {
  Stream stream(1);
  // Every second packet 4 ms late: successive transit times differ by 4 ms, 32 ticks.
  for (int i = 0; i < 500; ++i) {
    stream.Arrives(i, i % 2 == 0 ? MediaDuration() : Milliseconds(4));
  }
  EXPECT_NEAR(static_cast<double>(stream.statistics.interarrival_jitter().value()), 32, 1);
  EXPECT_NEAR(static_cast<double>(stream.statistics.jitter().microseconds()), 4000, 130);
}

// RFC 3550 A.8 in floating point, as the text of §6.4.1 defines it.
TEST(ReceptionStatistics, JitterFollowsTheDefinitionWithinATick) {
  SeededRandom random(7);
  Stream stream(1);
  double jitter = 0;
  double last_transit = 0;
  for (int i = 0; i < 2000; ++i) {
    const MediaDuration late = Microseconds(random.Between(0, 30'000));
    stream.Arrives(i, late);
    const double transit = static_cast<double>(kClock.TicksIn(late).value());
    if (i > 0) jitter += (std::abs(transit - last_transit) - jitter) / 16;
    last_transit = transit;
    ASSERT_NEAR(static_cast<double>(stream.statistics.interarrival_jitter().value()), jitter, 2);
  }
}

TEST(ReceptionStatistics, JitterSurvivesTheWrapOfTheTimestamp) {
  ReceptionStatistics statistics(kClock);
  for (uint32_t i = 0; i < 100; ++i) {
    statistics.OnPacket(SequenceNumber(static_cast<uint16_t>(i)),
                        RtpTimestamp(0xffffff00u + i * 160),
                        MediaTime() + int64_t{i} * Milliseconds(20));
  }
  EXPECT_EQ(statistics.interarrival_jitter(), RtpTicks(0));
}

TEST(ReceptionStatistics, DigitsCountAsPacketsButNotAsJitter) {
  Stream stream(1);
  for (int i = 0; i < 10; ++i) stream.Arrives(i);
  for (int i = 10; i < 20; ++i) {
    EXPECT_EQ(stream.statistics.OnPacketWithoutTiming(SequenceNumber(static_cast<uint16_t>(1 + i))),
              SequenceVerdict::kInOrder);
  }
  EXPECT_EQ(stream.statistics.received(), 20);
  EXPECT_EQ(stream.statistics.lost(), 0);
  EXPECT_EQ(stream.statistics.interarrival_jitter(), RtpTicks(0));
}

TEST(ReceptionStatistics, EchoesTheLastSenderReportAndItsAge) {
  Stream stream(1);
  stream.Arrives(0);
  stream.statistics.OnSenderReport(NtpTime(0xb44db70520000000), stream.At(0));
  const ReportBlock report =
      stream.statistics.MakeReport(kSource, stream.At(0) + Milliseconds(5250));
  EXPECT_EQ(report.last_sender_report, 0xb7052000u);
  EXPECT_EQ(report.delay_since_last, 0x00054000u);
}

TEST(ReceptionStatistics, StartsOverForANewSource) {
  Stream stream(1);
  stream.Arrives(0);
  stream.Arrives(5);
  stream.statistics.Reset();
  EXPECT_FALSE(stream.statistics.has_packets());
  EXPECT_EQ(stream.statistics.lost(), 0);
  EXPECT_EQ(stream.Arrives(9), SequenceVerdict::kInOrder);
}

TEST(ReceptionStatistics, NeverReportsMoreThan24BitsOfLoss) {
  ReceptionStatistics statistics(kClock);
  // 2,999 lost for each packet that comes, until the field is full.
  uint64_t number = 0;
  while (statistics.lost() < 0x800000) {
    statistics.OnPacketWithoutTiming(SequenceNumber(static_cast<uint16_t>(number)));
    number += 2999;
  }
  EXPECT_EQ(statistics.MakeReport(kSource, MediaTime()).cumulative_lost, 0x7fffff);
}

TEST(ReceptionStatistics, SurvivesAnySequenceOfNumbers) {
  SeededRandom random(11);
  ReceptionStatistics statistics(kClock);
  MediaTime now;
  for (int i = 0; i < 100'000; ++i) {
    now += Milliseconds(random.Between(0, 50));
    statistics.OnPacket(SequenceNumber(static_cast<uint16_t>(random.Next())),
                        RtpTimestamp(static_cast<uint32_t>(random.Next())), now);
    if (random.OneIn(10)) {
      const ReportBlock report = statistics.MakeReport(kSource, now);
      ASSERT_GE(report.cumulative_lost, -0x800000);
      ASSERT_LE(report.cumulative_lost, 0x7fffff);
    }
  }
}

TEST(ReceptionStatistics, AllocatesNothing) {
  Stream stream(1);
  {
    MediaPathScope scope;
    stream.Arrives(0);
    stream.Arrives(7);
    stream.statistics.MakeReport(kSource, stream.At(8));
  }
  EXPECT_EQ(stream.statistics.lost(), 6);
}

}  // namespace
}  // namespace narada::mixer::rtp
