#include "mixer/rtp/packet_header.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "mixer/rtp/packet_view.h"

namespace narada::mixer::rtp {
namespace {

PacketHeader SomeHeader() {
  PacketHeader header;
  header.marker = true;
  header.payload_type = PayloadType(101);
  header.sequence_number = SequenceNumber(0xfffe);
  header.timestamp = RtpTimestamp(0xdeadbeef);
  header.ssrc = Ssrc(0x01020304);
  return header;
}

TEST(PacketHeader, WritesTheBytesOfTheRfc) {
  std::array<uint8_t, PacketHeader::kSizeMax> bytes;
  ASSERT_EQ(SomeHeader().Write(bytes), 12u);
  const std::array<uint8_t, 12> expected = {0x80, 0xe5, 0xff, 0xfe, 0xde, 0xad,
                                            0xbe, 0xef, 1,    2,    3,    4};
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), bytes.begin()));
}

TEST(PacketHeader, IsReadBackByPacketView) {
  const std::vector<Csrc> csrcs = {Csrc(7), Csrc(8), Csrc(9)};
  PacketHeader header = SomeHeader();
  header.csrcs = csrcs;
  std::array<uint8_t, PacketHeader::kSizeMax> bytes;
  const size_t size = header.Write(bytes);
  ASSERT_EQ(size, 24u);
  const Result<PacketView, DropReason> packet = PacketView::Parse(std::span(bytes).first(size));
  ASSERT_TRUE(packet.ok());
  EXPECT_TRUE(packet->marker());
  EXPECT_EQ(packet->payload_type(), header.payload_type);
  EXPECT_EQ(packet->sequence_number(), header.sequence_number);
  EXPECT_EQ(packet->timestamp(), header.timestamp);
  EXPECT_EQ(packet->ssrc(), header.ssrc);
  ASSERT_EQ(packet->csrc_count(), 3u);
  EXPECT_EQ(packet->csrc(2), Csrc(9));
}

TEST(PacketHeader, NamesFifteenSourcesAtMost) {
  const std::vector<Csrc> csrcs(20, Csrc(1));
  PacketHeader header = SomeHeader();
  header.csrcs = csrcs;
  std::array<uint8_t, PacketHeader::kSizeMax> bytes;
  EXPECT_EQ(header.Write(bytes), PacketHeader::kSizeMax);
  EXPECT_EQ(bytes[0], 0x8f);
}

TEST(PacketHeader, WritesNothingWhereItDoesNotFit) {
  std::array<uint8_t, 11> bytes = {};
  EXPECT_EQ(SomeHeader().Write(bytes), 0u);
  EXPECT_EQ(bytes[0], 0);
}

}  // namespace
}  // namespace narada::mixer::rtp
