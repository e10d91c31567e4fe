#include "mixer/room/rtcp_session.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/rtp/rtcp_builder.h"

namespace narada::mixer::room {
namespace {

constexpr Ssrc kOwn(0xaaaa);
constexpr Ssrc kRemote(0xbbbb);
constexpr ClockRate kClock = ClockRate::FromHertz(8000);

class RtcpSessionTest : public testing::Test {
 protected:
  rtp::RtcpCompound Parse(std::span<const uint8_t> datagram) {
    auto compound = rtp::RtcpCompound::Parse(datagram);
    EXPECT_TRUE(compound.ok());
    return *compound;
  }
  std::vector<rtp::RtcpType> Types(std::span<const uint8_t> datagram) {
    std::vector<rtp::RtcpType> types;
    for (const rtp::RtcpPacket packet : Parse(datagram)) types.push_back(packet.type());
    return types;
  }

  RtcpSession session_{kOwn, "leg-7@mixer", kClock, 42, Seconds(1'800'000'000)};
  rtp::ReceptionStatistics reception_{kClock};
  MediaTime now_ = MediaTime() + Seconds(50);
};

using rtp::RtcpType;

TEST_F(RtcpSessionTest, ReportsEveryFiveSecondsMoreOrLess) {
  std::vector<double> intervals;
  MediaTime last = now_;
  for (int tick = 0; tick < 50 * 5000; ++tick, now_ += Milliseconds(20)) {
    if (!session_.IsDue(now_)) continue;
    intervals.push_back((now_ - last).seconds());
    last = now_;
  }
  EXPECT_LE(intervals[0], 3.8);  // The first comes early.
  intervals.erase(intervals.begin());
  double sum = 0;
  for (double interval : intervals) {
    EXPECT_GE(interval, 2.5);
    EXPECT_LE(interval, 7.52);
    sum += interval;
  }
  EXPECT_NEAR(sum / intervals.size(), 5, 0.2);
  const auto [shortest, longest] = std::minmax_element(intervals.begin(), intervals.end());
  EXPECT_GT(*longest - *shortest, 4);
}

TEST_F(RtcpSessionTest, IsASenderWhileItSends) {
  EXPECT_EQ(Types(session_.MakeReport({.packets = 10}, reception_, {}, now_)),
            (std::vector{RtcpType::kSenderReport, RtcpType::kSourceDescription}));
  // Nothing more: one interval still as a sender, then as a receiver.
  EXPECT_EQ(Types(session_.MakeReport({.packets = 10}, reception_, {}, now_))[0],
            RtcpType::kSenderReport);
  EXPECT_EQ(Types(session_.MakeReport({.packets = 10}, reception_, {}, now_))[0],
            RtcpType::kReceiverReport);
}

TEST_F(RtcpSessionTest, SaysWhatItSentAndReceived) {
  for (int i = 0; i < 10; ++i) {
    if (i == 5) continue;
    reception_.OnPacket(SequenceNumber(i), RtpTimestamp(160 * i), now_ + Milliseconds(20 * i));
  }
  const auto datagram = session_.MakeReport(
      {.timestamp = RtpTimestamp(777), .packets = 3, .octets = 480}, reception_, kRemote, now_);
  const rtp::RtcpCompound compound = Parse(datagram);
  const rtp::SenderReport report(*compound.begin());
  EXPECT_EQ(report.sender(), kOwn);
  EXPECT_EQ(report.timestamp(), RtpTimestamp(777));
  EXPECT_EQ(report.packet_count(), 3u);
  EXPECT_EQ(report.octet_count(), 480u);
  EXPECT_EQ(report.ntp_time(), rtp::NtpTime::FromUnixNanoseconds(1'800'000'050'000'000'000));
  ASSERT_EQ(report.report_count(), 1u);
  EXPECT_EQ(report.report(0).source, kRemote);
  EXPECT_EQ(report.report(0).cumulative_lost, 1);
}

TEST_F(RtcpSessionTest, SaysGoodbye) {
  const auto datagram = session_.MakeGoodbye({.packets = 1}, reception_, {}, now_);
  EXPECT_EQ(Types(datagram),
            (std::vector{RtcpType::kSenderReport, RtcpType::kSourceDescription, RtcpType::kBye}));
}

TEST_F(RtcpSessionTest, MeasuresTheRoundTripFromTheEchoOfItsReport) {
  const auto report_sent = session_.MakeReport({.packets = 1}, reception_, {}, now_);
  const uint32_t lsr = rtp::SenderReport(*Parse(report_sent).begin()).ntp_time().compact();

  std::vector<uint8_t> buffer(200);
  rtp::RtcpBuilder builder(buffer);
  const rtp::ReportBlock block{.source = kOwn,
                               .cumulative_lost = 12,
                               .interarrival_jitter = 80,
                               .last_sender_report = lsr,
                               .delay_since_last = rtp::ToCompactNtp(Milliseconds(300))};
  builder.AddReceiverReport(kRemote, {&block, 1});
  builder.AddCname(kRemote, "phone");
  const auto datagram = builder.Finish();
  now_ += Milliseconds(345);
  EXPECT_FALSE(session_.OnCompound(Parse(datagram), kRemote, reception_, now_));
  EXPECT_EQ(session_.remote_report().packets_lost, 12);
  EXPECT_EQ(session_.remote_report().interarrival_jitter, Milliseconds(10));
  ASSERT_TRUE(session_.remote_report().round_trip_time.has_value());
  EXPECT_NEAR(session_.remote_report().round_trip_time->milliseconds(), 45, 1);
}

TEST_F(RtcpSessionTest, BelievesAGoodbyeOnlyOfTheFarEnd) {
  for (const Ssrc ssrc : {kRemote, Ssrc(0xcccc)}) {
    std::vector<uint8_t> buffer(200);
    rtp::RtcpBuilder builder(buffer);
    builder.AddReceiverReport(ssrc, {});
    builder.AddCname(ssrc, "x");
    builder.AddBye(ssrc);
    EXPECT_EQ(session_.OnCompound(Parse(builder.Finish()), kRemote, reception_, now_),
              ssrc == kRemote);
  }
}

TEST_F(RtcpSessionTest, CutsALongCname) {
  RtcpSession session(kOwn, std::string(500, 'x'), kClock, 1, {});
  EXPECT_FALSE(session.MakeReport({}, reception_, {}, now_).empty());
}

}  // namespace
}  // namespace narada::mixer::room
