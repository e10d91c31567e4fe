// What a leg and its far end tell each other of how they fare: RTCP, its extended reports, and the
// estimate of quality (features.md "Cause-coded quality").
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/random.h"
#include "mixer/room/room.h"
#include "mixer/rtp/packet_header.h"
#include "mixer/rtp/rtcp_builder.h"
#include "mixer/rtp/rtcp_view.h"

namespace narada::mixer::room {
namespace {

constexpr Ssrc kOurs(7);
constexpr Ssrc kPhone(1001);
constexpr SocketAddress kRtp(IpAddress::V4(192, 0, 2, 1), 5004);
constexpr SocketAddress kRtcp(IpAddress::V4(192, 0, 2, 1), 5005);

class LegReportsTest : public testing::Test {
 protected:
  void Start(ExtendedReportsWanted wanted = {}) {
    LegMedia media;
    media.receive_formats[0] = {.id = codec::CodecId::kPcmu, .payload_type = kPcmuPayloadType};
    media.receive_formats_count = 1;
    media.send_format = media.receive_formats[0];
    media.remote_rtp = kRtp;
    media.remote_rtcp = kRtcp;
    media.extended_reports = wanted;
    leg_ = std::make_unique<Leg>(LegConfig{.id = {1}, .ssrc = kOurs, .cname = "leg", .seed = 1},
                                 media);
    room_.Add(*leg_);
  }
  ~LegReportsTest() override { room_.Remove(*leg_); }

  // The phone talks; one packet in so many is lost, none for 0.
  void Run(MediaDuration duration, uint64_t lost_one_in = 0) {
    for (MediaDuration t; t < duration; t += Milliseconds(20)) {
      due_ += Milliseconds(20);
      const bool is_lost = lost_one_in != 0 && random_.OneIn(lost_one_in);
      if (!is_lost) Send(std::vector<uint8_t>(160, static_cast<uint8_t>(number_)));
      ++number_;
      outbox_.Clear();
      room_.Tick(due_, outbox_, events_);
      for (const OutgoingDatagram& datagram : outbox_.datagrams()) {
        if (!datagram.is_rtcp) continue;
        last_report_.assign(datagram.header.begin(), datagram.header.end());
        reported_to_ = datagram.destination;
      }
      for (const RoomEvent& event : events_.events()) {
        goodbyes_ += event.kind == RoomEventKind::kRemoteGoodbye;
      }
      events_.Clear();
    }
  }
  void Send(std::span<const uint8_t> payload) {
    std::vector<uint8_t> datagram(12);
    rtp::PacketHeader{.payload_type = kPcmuPayloadType,
                      .sequence_number = SequenceNumber(static_cast<uint16_t>(number_)),
                      .timestamp = RtpTimestamp(number_ * 160),
                      .ssrc = ssrc_}
        .Write(datagram);
    datagram.insert(datagram.end(), payload.begin(), payload.end());
    leg_->ReceiveRtp(datagram, kRtp, due_ - Milliseconds(15));
  }
  template <typename Fill>
  void Report(const SocketAddress& source, Fill fill, Ssrc sender = kPhone) {
    std::array<uint8_t, 300> buffer;
    rtp::RtcpBuilder builder(buffer);
    builder.AddReceiverReport(sender, {});
    fill(builder);
    leg_->ReceiveRtcp(builder.Finish(), source, due_);
  }
  std::optional<rtp::VoipMetrics> MetricsInLastReport() const {
    const auto compound = rtp::RtcpCompound::Parse(last_report_);
    if (!compound.ok()) return std::nullopt;
    for (const rtp::RtcpPacket packet : *compound) {
      if (packet.type() != rtp::RtcpType::kExtendedReport) continue;
      return rtp::ExtendedReport(packet).FindVoipMetrics(kPhone);
    }
    return std::nullopt;
  }

  Room room_{{.id = {7}}};
  std::unique_ptr<Leg> leg_;
  Outbox outbox_{64};
  EventSink events_{1000};
  SeededRandom random_{5};
  MediaTime due_ = MediaTime() + Seconds(100);
  uint32_t number_ = 0;
  Ssrc ssrc_ = kPhone;
  std::vector<uint8_t> last_report_;
  SocketAddress reported_to_;
  int goodbyes_ = 0;
};

TEST_F(LegReportsTest, RatesACleanCallAsGoodAsItGets) {
  Start();
  EXPECT_FALSE(leg_->statistics().quality.is_known);
  Run(Seconds(12));
  const LegStatistics statistics = leg_->statistics();
  EXPECT_NEAR(statistics.quality.mos, 4.41, 0.01);
  EXPECT_EQ(statistics.concealed_network, 0u);
  EXPECT_GT(statistics.mixer_delay, Milliseconds(5));
  EXPECT_LT(statistics.mixer_delay, Milliseconds(60));
}

// reliability.md, "Loss 1/5/10 %": 4.33, 3.92 and 3.41 at least, with every frame's cause told.
TEST_F(LegReportsTest, RatesLossByTheFramesThatItMadeUp) {
  Start();
  for (const auto& [lost_one_in, mos] : {std::pair{100, 4.33}, {20, 3.92}, {10, 3.41}}) {
    const LegStatistics before = leg_->statistics();
    Run(Seconds(60), static_cast<uint64_t>(lost_one_in));
    const LegStatistics after = leg_->statistics();
    const auto made_up = static_cast<int64_t>(after.concealed_network - before.concealed_network);
    EXPECT_NEAR(static_cast<double>(made_up),
                static_cast<double>(after.packets_lost - before.packets_lost), 3)
        << "every loss is one frame, and its cause the network";
    EXPECT_NEAR(after.quality.mos, mos, 0.35) << "one in " << lost_one_in << ", of ten seconds";
    EXPECT_EQ(after.concealed_ceiling + after.concealed_codec + after.concealed_cpu, 0u);
  }
}

TEST_F(LegReportsTest, TellsTheFarEndWhatItAskedFor) {
  Start({.voip_metrics = true});
  Run(Seconds(30), 20);
  const auto metrics = MetricsInLastReport();
  ASSERT_TRUE(metrics.has_value());
  EXPECT_NEAR(metrics->loss_rate, 256 / 20, 5);
  EXPECT_NEAR(metrics->mos_lq_tenths, 39, 4);
  EXPECT_LE(metrics->mos_cq_tenths, metrics->mos_lq_tenths);
  EXPECT_EQ(metrics->jitter_buffer_absolute_max_ms, 200);
  EXPECT_EQ(metrics->gap_threshold, 16);
}

TEST_F(LegReportsTest, TellsNobodyWhoDidNotAsk) {
  Start();
  Run(Seconds(20));
  EXPECT_FALSE(last_report_.empty());
  EXPECT_FALSE(MetricsInLastReport().has_value());
}

TEST_F(LegReportsTest, KnowsWhatTheFarEndTellsOfItself) {
  Start();
  Run(Seconds(1));
  Report(kRtcp, [](rtp::RtcpBuilder& builder) {
    builder.AddExtendedReport(
        kPhone, {.voip_metrics = rtp::VoipMetrics{.source = kOurs, .mos_lq_tenths = 38}});
  });
  const LegStatistics statistics = leg_->statistics();
  ASSERT_TRUE(statistics.remote_voip_metrics.has_value());
  EXPECT_EQ(statistics.remote_voip_metrics->mos_lq_tenths, 38);
  EXPECT_EQ(statistics.reports_received, 1u);
}

TEST_F(LegReportsTest, TakesAnotherStreamAtOnceBehindAGoodbye) {
  Start();
  Run(Seconds(1));
  Report(kRtcp, [](rtp::RtcpBuilder& builder) { builder.AddBye(kPhone); });
  ssrc_ = Ssrc(2002);
  number_ += 30'000;
  Run(Milliseconds(20));
  EXPECT_EQ(goodbyes_, 1);
  EXPECT_EQ(leg_->statistics().ssrc_received, Ssrc(2002));
  EXPECT_EQ(leg_->statistics().dropped(LegDrop::kSsrcUnexpected), 0u);
}

// reliability.md V09: a BYE of a stranger, or of another source, ends nothing.
TEST_F(LegReportsTest, BelievesNoGoodbyeOfAStranger) {
  Start();
  Run(Seconds(1));
  const auto bye = [](rtp::RtcpBuilder& builder) { builder.AddBye(kPhone); };
  Report(kRtcp, [](rtp::RtcpBuilder& builder) { builder.AddCname(kPhone, "phone"); });
  Report({IpAddress::V4(203, 0, 113, 66), 5005}, bye);
  Report(kRtcp.WithPort(9), bye);
  Report(kRtcp, [](rtp::RtcpBuilder& builder) { builder.AddBye(Ssrc(9)); });
  Run(Milliseconds(20));
  EXPECT_EQ(goodbyes_, 0);
}

// As RTP does: a phone behind a NAT whose binding for RTCP has changed.
TEST_F(LegReportsTest, FollowsReportsToAnotherPort) {
  Start();
  Run(Seconds(1));
  const auto cname = [](rtp::RtcpBuilder& builder) { builder.AddCname(kPhone, "phone"); };
  Report(kRtcp, cname);
  Run(Seconds(9));
  EXPECT_EQ(reported_to_, kRtcp);
  Report(kRtcp.WithPort(40'000), cname, Ssrc(9));
  EXPECT_EQ(leg_->statistics().dropped(LegDrop::kSourceUntrusted), 1u);
  Report(kRtcp.WithPort(40'000), cname);
  Run(Seconds(9));
  EXPECT_EQ(reported_to_, kRtcp.WithPort(40'000));
}

}  // namespace
}  // namespace narada::mixer::room
