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

TEST_F(RtcpSessionTest, SendsExtendedReportsOnlyIfAskedFor) {
  EXPECT_EQ(Types(session_.MakeReport({.packets = 1}, reception_, kRemote, now_)).size(), 2u);
  session_.SetExtendedReports({.voip_metrics = true});
  EXPECT_TRUE(session_.wants_voip_metrics());
  const rtp::VoipMetrics metrics{.source = kRemote, .r_factor = 90};
  const auto datagram = session_.MakeReport({.packets = 2}, reception_, kRemote, now_, metrics);
  ASSERT_EQ(Types(datagram), (std::vector{RtcpType::kSenderReport, RtcpType::kSourceDescription,
                                          RtcpType::kExtendedReport}));
  const rtp::RtcpCompound compound = Parse(datagram);
  auto packet = compound.begin();
  ++packet, ++packet;
  EXPECT_EQ(rtp::ExtendedReport(*packet).FindVoipMetrics(kRemote), metrics);
}

// RFC 3611 §4.4 and §4.5, both ways: neither side sends media, and each learns the round trip.
TEST_F(RtcpSessionTest, MeasuresTheRoundTripBetweenTwoThatOnlyListen) {
  RtcpSession far_end(kRemote, "phone", kClock, 7, Seconds(1'700'000'000));
  rtp::ReceptionStatistics far_reception(kClock);
  session_.SetExtendedReports({.reference_time = true});
  const auto send = [this](RtcpSession& from, RtcpSession& to, Ssrc of, Ssrc remote) {
    const auto datagram = from.MakeReport({}, reception_, remote, now_);
    now_ += Milliseconds(30);
    to.OnCompound(Parse(datagram), of, reception_, now_);
  };
  send(session_, far_end, kOwn, kRemote);
  EXPECT_FALSE(session_.remote_report().round_trip_time.has_value());
  now_ += Seconds(4);
  send(far_end, session_, kRemote, kOwn);
  ASSERT_TRUE(session_.remote_report().round_trip_time.has_value());
  EXPECT_NEAR(session_.remote_report().round_trip_time->milliseconds(), 60, 1);
}

TEST_F(RtcpSessionTest, TakesTheMetricsOfTheFarEndAndOfNobodyElse) {
  for (const Ssrc sender : {Ssrc(0xcccc), kRemote}) {
    std::vector<uint8_t> buffer(200);
    rtp::RtcpBuilder builder(buffer);
    builder.AddReceiverReport(sender, {});
    builder.AddExtendedReport(
        sender, {.voip_metrics = rtp::VoipMetrics{.source = kOwn, .mos_lq_tenths = 39}});
    session_.OnCompound(Parse(builder.Finish()), kRemote, reception_, now_);
    EXPECT_EQ(session_.remote_report().voip_metrics.has_value(), sender == kRemote);
  }
  EXPECT_EQ(session_.remote_report().voip_metrics->mos_lq_tenths, 39);
}

// The largest compound that there is: every report, a CNAME of full length, and a goodbye.
TEST_F(RtcpSessionTest, HasRoomForEverythingAtOnce) {
  RtcpSession session(kOwn, std::string(RtcpSession::kCnameMax, 'x'), kClock, 1, Seconds(1));
  session.SetExtendedReports({.voip_metrics = true, .reference_time = true});
  std::vector<uint8_t> buffer(200);
  rtp::RtcpBuilder builder(buffer);
  builder.AddReceiverReport(kRemote, {});
  builder.AddExtendedReport(kRemote, {.reference_time = rtp::NtpTime(1ull << 40)});
  session.OnCompound(Parse(builder.Finish()), kRemote, reception_, now_);
  reception_.OnPacket(SequenceNumber(1), RtpTimestamp(160), now_);
  const rtp::VoipMetrics metrics{.source = kRemote};
  for (const uint32_t packets : {5u, 5u, 5u}) {  // As a sender, and as a receiver.
    EXPECT_FALSE(
        session.MakeGoodbye({.packets = packets}, reception_, kRemote, now_, metrics).empty());
  }
}

TEST_F(RtcpSessionTest, CutsALongCname) {
  RtcpSession session(kOwn, std::string(500, 'x'), kClock, 1, {});
  EXPECT_FALSE(session.MakeReport({}, reception_, {}, now_).empty());
}

}  // namespace
}  // namespace narada::mixer::room
