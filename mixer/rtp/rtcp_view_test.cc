#include "mixer/rtp/rtcp_view.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

namespace narada::mixer::rtp {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// An RR of sender 0x11223344 without reports: the smallest valid compound.
Bytes EmptyReceiverReport() { return {0x80, 201, 0, 1, 0x11, 0x22, 0x33, 0x44}; }

DropReason ReasonFor(const Bytes& datagram) {
  const Result<RtcpCompound, DropReason> compound = RtcpCompound::Parse(datagram);
  EXPECT_FALSE(compound.ok()) << "the compound was taken";
  return compound.ok() ? DropReason::kSrtpReplay : compound.error();
}

std::vector<RtcpPacket> PacketsOf(const Bytes& datagram) {
  const Result<RtcpCompound, DropReason> compound = RtcpCompound::Parse(datagram);
  std::vector<RtcpPacket> packets;
  EXPECT_TRUE(compound.ok());
  if (!compound.ok()) return packets;
  for (const RtcpPacket packet : *compound) packets.push_back(packet);
  return packets;
}

std::string Text(std::span<const uint8_t> bytes) { return std::string(bytes.begin(), bytes.end()); }

TEST(RtcpCompound, ReadsTheSmallest) {
  const Bytes datagram = EmptyReceiverReport();
  const std::vector<RtcpPacket> packets = PacketsOf(datagram);
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(ReceiverReport(packets[0]).sender(), Ssrc(0x11223344));
  EXPECT_EQ(ReceiverReport(packets[0]).report_count(), 0u);
  EXPECT_EQ(RtcpCompound::Parse(datagram)->sender(), Ssrc(0x11223344));
}

TEST(RtcpCompound, ReadsASenderReportWithItsBlock) {
  const Bytes datagram = {0x81, 200,  0,    12,                         // SR, 52 bytes
                          0,    0,    0,    1,                          // sender
                          0xb4, 0x4d, 0xb7, 0x05, 0x20, 0, 0,    0,     // NTP
                          0,    0,    0x10, 0,                          // RTP
                          0,    0,    0,    100,  0,    0, 0x3e, 0x80,  // counts
                          0,    0,    0,    2,                          // block: source
                          0x40, 0xff, 0xff, 0xfe,                       // 25 %, -2
                          0,    1,    0,    9,    0,    0, 0,    37,    // highest, jitter
                          0xb7, 0x05, 0x20, 0,    0,    5, 0x40, 0};    // LSR, DLSR
  const std::vector<RtcpPacket> packets = PacketsOf(datagram);
  ASSERT_EQ(packets.size(), 1u);
  const SenderReport report(packets[0]);
  EXPECT_EQ(report.sender(), Ssrc(1));
  EXPECT_EQ(report.ntp_time().compact(), 0xb7052000u);
  EXPECT_EQ(report.timestamp(), RtpTimestamp(0x1000));
  EXPECT_EQ(report.packet_count(), 100u);
  EXPECT_EQ(report.octet_count(), 16000u);
  ASSERT_EQ(report.report_count(), 1u);
  const ReportBlock block = report.report(0);
  EXPECT_EQ(block.source, Ssrc(2));
  EXPECT_EQ(block.fraction_lost, 64);
  EXPECT_EQ(block.cumulative_lost, -2) << "duplicates make it negative";
  EXPECT_EQ(block.highest_sequence, 65536u + 9);
  EXPECT_EQ(block.interarrival_jitter, 37u);
}

TEST(ReportBlock, MeasuresTheRoundTripOfTheRfcsExample) {
  // RFC 3550 §6.4.1, figure 2: A - LSR - DLSR = 6.125 s.
  ReportBlock block;
  block.last_sender_report = 0xb7052000;
  block.delay_since_last = 0x00054000;
  EXPECT_EQ(block.RoundTrip(NtpTime(0xb44db710'80000000)), Milliseconds(6125));
}

TEST(ReportBlock, HasNoRoundTripWithoutAReportOrFromALiar) {
  const NtpTime now(0xb44db710'80000000);
  ReportBlock block;
  EXPECT_FALSE(block.RoundTrip(now).has_value());
  block.last_sender_report = now.compact() + 65536;  // A report that we shall send in a second.
  EXPECT_FALSE(block.RoundTrip(now).has_value());
  block.last_sender_report = now.compact() - 65536;
  block.delay_since_last = 2 * 65536;  // Held longer than it has been away.
  EXPECT_FALSE(block.RoundTrip(now).has_value());
  block.last_sender_report = now.compact() - 3600 * 65536;
  block.delay_since_last = 0;
  EXPECT_FALSE(block.RoundTrip(now).has_value()) << "nobody waits an hour for a packet";
}

TEST(RtcpCompound, ReadsTextsOfSources) {
  // Two chunks: CNAME "ab" and TOOL "t" of 0x01, then CNAME "" of 0x02.
  const Bytes datagram =
      EmptyReceiverReport() +
      Bytes{0x82, 202, 0, 5, 0, 0, 0, 1, 1, 2, 'a', 'b', 6, 1, 't', 0, 0, 0, 0, 2, 1, 0, 0, 0};
  const std::vector<RtcpPacket> packets = PacketsOf(datagram);
  ASSERT_EQ(packets.size(), 2u);
  const SourceDescription description(packets[1]);
  EXPECT_EQ(Text(description.Find(Ssrc(1), SdesItem::kCname)), "ab");
  EXPECT_EQ(Text(description.Find(Ssrc(1), SdesItem::kTool)), "t");
  EXPECT_EQ(Text(description.Find(Ssrc(2), SdesItem::kTool)), "");
  std::vector<std::tuple<uint32_t, SdesItem, std::string>> items;
  description.ForEachItem([&](Ssrc source, SdesItem item, std::span<const uint8_t> text) {
    items.emplace_back(source.value(), item, Text(text));
  });
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[2], std::make_tuple(2u, SdesItem::kCname, std::string()));
}

TEST(RtcpCompound, ReadsAGoodbye) {
  const Bytes datagram = EmptyReceiverReport() + Bytes{0x82, 203, 0, 4,   0,   0,   0,   1, 0, 0,
                                                       0,    2,   4, 'd', 'o', 'n', 'e', 0, 0, 0};
  const std::vector<RtcpPacket> packets = PacketsOf(datagram);
  ASSERT_EQ(packets.size(), 2u);
  const Bye bye(packets[1]);
  EXPECT_EQ(bye.source_count(), 2u);
  EXPECT_TRUE(bye.Names(Ssrc(2)));
  EXPECT_FALSE(bye.Names(Ssrc(3)));
  EXPECT_EQ(Text(bye.reason()), "done");
}

TEST(RtcpCompound, ReadsAGoodbyeWithoutSourcesOrReason) {
  const Bytes datagram = EmptyReceiverReport() + Bytes{0x80, 203, 0, 0};
  const Bye bye(PacketsOf(datagram)[1]);
  EXPECT_EQ(bye.source_count(), 0u);
  EXPECT_TRUE(bye.reason().empty());
}

TEST(RtcpCompound, ReadsApplicationPackets) {
  const Bytes datagram =
      EmptyReceiverReport() + Bytes{0x83, 204, 0, 3, 0, 0, 0, 1, 'P', 'I', 'N', 'G', 1, 2, 3, 4};
  const Application application(PacketsOf(datagram)[1]);
  EXPECT_EQ(application.subtype(), 3u);
  EXPECT_EQ(application.sender(), Ssrc(1));
  EXPECT_EQ(Text(application.name()), "PING");
  EXPECT_EQ(application.data().size(), 4u);
}

TEST(RtcpCompound, ReadsVoipMetricsAmongOtherBlocks) {
  VoipMetrics metrics;
  metrics.source = Ssrc(9);
  metrics.loss_rate = 13;
  metrics.round_trip_delay_ms = 120;
  metrics.signal_level_dbm0 = -20;
  metrics.mos_lq_tenths = 41;
  metrics.jitter_buffer_absolute_max_ms = 200;
  Bytes body(VoipMetrics::kBodySize);
  metrics.Write(body.data());
  const Bytes unknown_block = {99, 0, 0, 1, 1, 2, 3, 4};
  const Bytes datagram = EmptyReceiverReport() + Bytes{0x80, 207, 0, 12, 0, 0, 0, 1} +
                         unknown_block + Bytes{7, 0, 0, 8} + body;
  const ExtendedReport report(PacketsOf(datagram)[1]);
  EXPECT_EQ(report.sender(), Ssrc(1));
  EXPECT_EQ(report.FindVoipMetrics(Ssrc(9)), metrics);
  EXPECT_FALSE(report.FindVoipMetrics(Ssrc(8)).has_value());
}

// RFC 3611 §4.5: several receivers in one block, of which the second is us.
TEST(RtcpCompound, ReadsTheDelaySinceOurReferenceTime) {
  const Bytes datagram = EmptyReceiverReport() + Bytes{0x80, 207, 0, 11, 0, 0, 0, 1} +  //
                         Bytes{4, 0, 0, 2, 0, 0, 0, 5, 0x80, 0, 0, 0} +                 //
                         Bytes{5, 0, 0, 6, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0} +        //
                         Bytes{0, 0, 0, 9, 0, 1, 0, 0, 0, 0, 0x80, 0};
  const ExtendedReport report(PacketsOf(datagram)[1]);
  EXPECT_EQ(report.reference_time(), NtpTime(0x0000'0005'8000'0000));
  const std::optional<DelaySinceReference> delay = report.FindDelaySinceReference(Ssrc(9));
  ASSERT_TRUE(delay.has_value());
  // Sent at 1 s, half a second of waiting, here again at 1.75 s.
  EXPECT_EQ(delay->RoundTrip(NtpTime(0x0000'0001'c000'0000)), Milliseconds(250));
  EXPECT_FALSE(report.FindDelaySinceReference(Ssrc(8))->RoundTrip(NtpTime(1)).has_value());
}

TEST(RtcpCompound, IgnoresExtendedBlocksOfAnotherSize) {
  const Bytes datagram = EmptyReceiverReport() + Bytes{0x80, 207, 0, 7, 0, 0, 0, 1} +
                         Bytes{4, 0, 0, 1, 0, 0, 0, 5} +              //
                         Bytes{5, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 1} +  //
                         Bytes{7, 0, 0, 0};
  const ExtendedReport report(PacketsOf(datagram)[1]);
  EXPECT_FALSE(report.reference_time().has_value());
  EXPECT_FALSE(report.FindDelaySinceReference(Ssrc(9)).has_value());
  EXPECT_FALSE(report.FindVoipMetrics(Ssrc(9)).has_value());
}

TEST(RtcpCompound, SkipsTypesItDoesNotKnow) {
  const Bytes datagram = EmptyReceiverReport() + Bytes{0x8f, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2};
  EXPECT_EQ(PacketsOf(datagram).size(), 2u);
}

TEST(RtcpCompound, RemovesThePaddingOfTheLastPacket) {
  const Bytes datagram = EmptyReceiverReport() + Bytes{0xa1, 203, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4};
  const std::vector<RtcpPacket> packets = PacketsOf(datagram);
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(packets[1].bytes().size(), 8u);
  EXPECT_TRUE(Bye(packets[1]).reason().empty());
}

TEST(RtcpCompound, DropsWhatIsTooShortOrTooLong) {
  for (size_t size = 0; size < 8; ++size) {
    Bytes datagram = EmptyReceiverReport();
    datagram.resize(size);
    EXPECT_EQ(ReasonFor(datagram), DropReason::kRtcpTooShort);
  }
  EXPECT_EQ(ReasonFor(Bytes(kDatagramSizeMax + 1, 0x80)), DropReason::kRtcpTooLong);
}

TEST(RtcpCompound, DropsOtherVersions) {
  Bytes datagram = EmptyReceiverReport();
  datagram[0] = 0x40;
  EXPECT_EQ(ReasonFor(datagram), DropReason::kRtcpVersion);
  EXPECT_EQ(ReasonFor(EmptyReceiverReport() + Bytes{0x40, 203, 0, 0}), DropReason::kRtcpVersion);
}

TEST(RtcpCompound, TakesAGoodbyeWithoutAReport) {
  const Bytes bye = {0x81, 203, 0, 1, 0, 0, 0, 7};
  const Result<RtcpCompound, DropReason> compound = RtcpCompound::Parse(bye);
  ASSERT_TRUE(compound.ok());
  EXPECT_EQ(compound->sender(), Ssrc(7));
  EXPECT_TRUE(Bye(*compound->begin()).Names(Ssrc(7)));
}

TEST(RtcpCompound, HasNoSenderWhereTheFirstPacketNamesNone) {
  const Bytes datagram = Bytes{0x80, 203, 0, 0} + EmptyReceiverReport();
  const Result<RtcpCompound, DropReason> compound = RtcpCompound::Parse(datagram);
  ASSERT_TRUE(compound.ok());
  EXPECT_FALSE(compound->sender().has_value());
}

TEST(RtcpCompound, DropsWhatBeginsWithNoTypeOfRtcp) {
  for (const uint8_t type : {0, 8, 127, 199, 208, 255}) {
    Bytes datagram = EmptyReceiverReport();
    datagram[1] = type;
    EXPECT_EQ(ReasonFor(datagram), DropReason::kRtcpFirstPacket) << int{type};
  }
}

TEST(RtcpCompound, DropsLengthsThatDoNotAddUp) {
  Bytes longer = EmptyReceiverReport();
  longer[3] = 2;
  EXPECT_EQ(ReasonFor(longer), DropReason::kRtcpLength);
  EXPECT_EQ(ReasonFor(EmptyReceiverReport() + Bytes{0x80}), DropReason::kRtcpLength);
  EXPECT_EQ(ReasonFor(EmptyReceiverReport() + Bytes{0x80, 203, 0xff, 0xff}),
            DropReason::kRtcpLength);
}

TEST(RtcpCompound, DropsPaddingBeforeTheEndOrWithABadCount) {
  const Bytes padded = {0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4};
  EXPECT_TRUE(RtcpCompound::Parse(padded).ok());
  EXPECT_EQ(ReasonFor(padded + EmptyReceiverReport()), DropReason::kRtcpPadding);
  for (const uint8_t count : {0, 1, 3, 12, 255}) {
    Bytes bad = padded;
    bad.back() = count;
    EXPECT_EQ(ReasonFor(bad), DropReason::kRtcpPadding) << int{count};
  }
  Bytes eats_the_sender = padded;
  eats_the_sender.back() = 8;
  EXPECT_EQ(ReasonFor(eats_the_sender), DropReason::kRtcpBody);
}

TEST(RtcpCompound, DropsReportsThatAreNotThere) {
  Bytes datagram = EmptyReceiverReport();
  datagram[0] |= 1;
  EXPECT_EQ(ReasonFor(datagram), DropReason::kRtcpBody);
  EXPECT_EQ(ReasonFor({0x80, 200, 0, 1, 0, 0, 0, 1}), DropReason::kRtcpBody) << "an SR of 8 bytes";
}

TEST(RtcpCompound, DropsBodiesThatLie) {
  const Bytes bodies[] = {
      {0x81, 202, 0, 0},                                // A chunk that is not there.
      {0x81, 202, 0, 1, 0, 0, 0, 1},                    // An item list without an end.
      {0x81, 202, 0, 2, 0, 0, 0, 1, 1, 2, 'a', 'b'},    // The same after an item.
      {0x81, 202, 0, 2, 0, 0, 0, 1, 1, 200, 'a', 0},    // An item beyond the end.
      {0x81, 202, 0, 2, 0, 0, 0, 1, 1, 1, 'a', 1},      // A type without a length.
      {0x82, 203, 0, 1, 0, 0, 0, 1},                    // Two sources in four bytes.
      {0x81, 203, 0, 2, 0, 0, 0, 1, 4, 'b', 'y', 'e'},  // A reason beyond the end.
      {0x80, 204, 0, 1, 0, 0, 0, 1},                    // An APP without a name.
      {0x80, 207, 0, 0},                                // An XR without a sender.
      {0x80, 207, 0, 2, 0, 0, 0, 1, 7, 0, 0, 8},        // A block beyond the end.
  };
  for (const Bytes& body : bodies) {
    EXPECT_EQ(ReasonFor(EmptyReceiverReport() + body), DropReason::kRtcpBody)
        << "type " << int{body[1]} << ", " << body.size() << " bytes";
  }
}

#ifndef NDEBUG
TEST(RtcpViewDeathTest, DiesOnAViewOfAnotherType) {
  const Bytes datagram = EmptyReceiverReport();
  EXPECT_DEATH(Bye(PacketsOf(datagram)[0]), "a view of another packet type");
}
#endif

}  // namespace
}  // namespace narada::mixer::rtp
