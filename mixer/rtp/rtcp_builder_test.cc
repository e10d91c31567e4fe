#include "mixer/rtp/rtcp_builder.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/media_path_scope.h"

namespace narada::mixer::rtp {
namespace {

constexpr Ssrc kOwn(0x0a0b0c0d);

SenderInfo SomeInfo() {
  SenderInfo info;
  info.sender = kOwn;
  info.ntp_time = NtpTime(0xb44db70520000000);
  info.timestamp = RtpTimestamp(160);
  info.packet_count = 50;
  info.octet_count = 8000;
  return info;
}

ReportBlock SomeBlock() {
  ReportBlock block;
  block.source = Ssrc(77);
  block.fraction_lost = 12;
  block.cumulative_lost = -5;
  block.highest_sequence = 70000;
  block.interarrival_jitter = 9;
  block.last_sender_report = 1;
  block.delay_since_last = 2;
  return block;
}

std::string Text(std::span<const uint8_t> bytes) { return std::string(bytes.begin(), bytes.end()); }

TEST(RtcpBuilder, WritesWhatTheViewsRead) {
  std::array<uint8_t, 512> buffer;
  RtcpBuilder builder(buffer);
  const ReportBlock block = SomeBlock();
  builder.AddSenderReport(SomeInfo(), {&block, 1});
  builder.AddCname(kOwn, "leg-7@mixer");
  VoipMetrics metrics;
  metrics.source = Ssrc(77);
  metrics.mos_cq_tenths = 43;
  builder.AddExtendedReport(kOwn, {.voip_metrics = metrics});
  builder.AddBye(kOwn, "the leg was removed");

  const std::span<const uint8_t> datagram = builder.Finish();
  const Result<RtcpCompound, DropReason> compound = RtcpCompound::Parse(datagram);
  ASSERT_TRUE(compound.ok());
  std::vector<RtcpPacket> packets;
  for (const RtcpPacket packet : *compound) packets.push_back(packet);
  ASSERT_EQ(packets.size(), 4u);

  const SenderReport report(packets[0]);
  EXPECT_EQ(report.sender(), kOwn);
  EXPECT_EQ(report.ntp_time(), SomeInfo().ntp_time);
  EXPECT_EQ(report.timestamp(), SomeInfo().timestamp);
  EXPECT_EQ(report.packet_count(), 50u);
  EXPECT_EQ(report.octet_count(), 8000u);
  ASSERT_EQ(report.report_count(), 1u);
  EXPECT_EQ(report.report(0), block);
  EXPECT_EQ(Text(SourceDescription(packets[1]).Find(kOwn, SdesItem::kCname)), "leg-7@mixer");
  EXPECT_EQ(ExtendedReport(packets[2]).FindVoipMetrics(Ssrc(77)), metrics);
  EXPECT_TRUE(Bye(packets[3]).Names(kOwn));
  EXPECT_EQ(Text(Bye(packets[3]).reason()), "the leg was removed");
}

TEST(RtcpBuilder, WritesAReceiverReportBeforeAnythingWasSent) {
  std::array<uint8_t, 64> buffer;
  RtcpBuilder builder(buffer);
  const ReportBlock block = SomeBlock();
  builder.AddReceiverReport(kOwn, {&block, 1});
  const Result<RtcpCompound, DropReason> compound = RtcpCompound::Parse(builder.Finish());
  ASSERT_TRUE(compound.ok());
  const ReceiverReport report(*compound->begin());
  EXPECT_EQ(report.sender(), kOwn);
  ASSERT_EQ(report.report_count(), 1u);
  EXPECT_EQ(report.report(0), block);
}

TEST(RtcpBuilder, FillsTextsOfAnyLengthToAWord) {
  for (size_t size = 0; size <= 300; ++size) {
    std::array<uint8_t, 640> buffer;
    RtcpBuilder builder(buffer);
    const std::string text(size, 'x');
    builder.AddReceiverReport(kOwn, {});
    builder.AddCname(kOwn, text);
    builder.AddBye(kOwn, text);
    const Result<RtcpCompound, DropReason> compound = RtcpCompound::Parse(builder.Finish());
    ASSERT_TRUE(compound.ok()) << size;
    auto packet = compound->begin();
    ++packet;
    const size_t expected = std::min(size, RtcpBuilder::kTextMax);
    EXPECT_EQ(SourceDescription(*packet).Find(kOwn, SdesItem::kCname).size(), expected);
    ++packet;
    EXPECT_EQ(Bye(*packet).reason().size(), expected);
  }
}

TEST(RtcpBuilder, GivesNothingWhereItDoesNotFit) {
  std::array<uint8_t, 512> reference;
  RtcpBuilder whole(reference);
  whole.AddSenderReport(SomeInfo(), {});
  whole.AddCname(kOwn, "leg");
  const size_t needed = whole.Finish().size();
  for (size_t size = 0; size < needed; ++size) {
    std::vector<uint8_t> buffer(size);
    RtcpBuilder builder(buffer);
    builder.AddSenderReport(SomeInfo(), {});
    builder.AddCname(kOwn, "leg");
    EXPECT_TRUE(builder.Finish().empty()) << size;
  }
}

TEST(RtcpBuilder, WritesTheBlocksOfAnExtendedReportThatAreThere) {
  const NtpTime now(0x0123'4567'89ab'cdef);
  const DelaySinceReference delay{
      .receiver = Ssrc(77), .last_reference = 0x11223344, .delay_since_last = 0x10000};
  std::array<uint8_t, 256> buffer;
  RtcpBuilder builder(buffer);
  builder.AddReceiverReport(kOwn, {});
  builder.AddExtendedReport(kOwn, {.reference_time = now, .delay_since_reference = delay});
  builder.AddExtendedReport(kOwn, {});
  const Result<RtcpCompound, DropReason> compound = RtcpCompound::Parse(builder.Finish());
  ASSERT_TRUE(compound.ok());
  auto packet = compound->begin();
  ++packet;
  const ExtendedReport report(*packet);
  EXPECT_EQ(report.sender(), kOwn);
  EXPECT_EQ(report.reference_time(), now);
  EXPECT_EQ(report.FindDelaySinceReference(Ssrc(77)), delay);
  EXPECT_FALSE(report.FindDelaySinceReference(Ssrc(78)).has_value());
  EXPECT_FALSE(report.FindVoipMetrics(Ssrc(77)).has_value());
  ++packet;
  EXPECT_TRUE(packet == compound->end()) << "an extended report without a block";
}

TEST(RtcpBuilder, GivesNothingWithoutAReportInFront) {
  std::array<uint8_t, 64> buffer;
  RtcpBuilder bye_first(buffer);
  bye_first.AddBye(kOwn);
  bye_first.AddReceiverReport(kOwn, {});
  EXPECT_TRUE(bye_first.Finish().empty());
  RtcpBuilder report_twice(buffer);
  report_twice.AddReceiverReport(kOwn, {});
  report_twice.AddReceiverReport(kOwn, {});
  EXPECT_TRUE(report_twice.Finish().empty());
}

TEST(RtcpBuilder, ReportsOnThirtyOneSourcesAtMost) {
  const std::vector<ReportBlock> blocks(40, SomeBlock());
  std::array<uint8_t, 1024> buffer;
  RtcpBuilder builder(buffer);
  builder.AddReceiverReport(kOwn, blocks);
  const Result<RtcpCompound, DropReason> compound = RtcpCompound::Parse(builder.Finish());
  ASSERT_TRUE(compound.ok());
  EXPECT_EQ(ReceiverReport(*compound->begin()).report_count(), 31u);
}

TEST(RtcpBuilder, AllocatesNothing) {
  std::array<uint8_t, 256> buffer;
  const ReportBlock block = SomeBlock();
  const SenderInfo info = SomeInfo();
  size_t size = 0;
  bool is_valid = false;
  {
    MediaPathScope scope;
    RtcpBuilder builder(buffer);
    builder.AddSenderReport(info, {&block, 1});
    builder.AddCname(kOwn, "leg");
    builder.AddBye(kOwn);
    size = builder.Finish().size();
    is_valid = RtcpCompound::Parse(builder.Finish()).ok();
  }
  EXPECT_EQ(size, 52u + 16u + 8u);
  EXPECT_TRUE(is_valid);
}

}  // namespace
}  // namespace narada::mixer::rtp
