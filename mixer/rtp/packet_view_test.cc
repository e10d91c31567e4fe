#include "mixer/rtp/packet_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/media_path_scope.h"

namespace narada::mixer::rtp {
namespace {

using Bytes = std::vector<uint8_t>;

// Version 2, payload type 8, sequence number 0x0102, timestamp 0x03040506, SSRC 0x0708090a.
Bytes Header() { return {0x80, 0x08, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a}; }

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

DropReason ReasonFor(const Bytes& datagram) {
  const Result<PacketView, DropReason> packet = PacketView::Parse(datagram);
  EXPECT_FALSE(packet.ok()) << "the packet was taken";
  return packet.ok() ? DropReason::kSrtpReplay : packet.error();
}

Bytes ToBytes(std::span<const uint8_t> span) { return Bytes(span.begin(), span.end()); }

TEST(PacketView, ReadsTheFixedHeader) {
  const Bytes datagram = Header() + Bytes{0xd5, 0x55};
  const Result<PacketView, DropReason> packet = PacketView::Parse(datagram);
  ASSERT_TRUE(packet.ok());
  EXPECT_FALSE(packet->marker());
  EXPECT_EQ(packet->payload_type(), PayloadType(8));
  EXPECT_EQ(packet->sequence_number(), SequenceNumber(0x0102));
  EXPECT_EQ(packet->timestamp(), RtpTimestamp(0x03040506));
  EXPECT_EQ(packet->ssrc(), Ssrc(0x0708090a));
  EXPECT_EQ(packet->csrc_count(), 0u);
  EXPECT_FALSE(packet->has_extension());
  EXPECT_EQ(ToBytes(packet->payload()), (Bytes{0xd5, 0x55}));
}

TEST(PacketView, ReadsTheMarkerApartFromThePayloadType) {
  Bytes datagram = Header();
  datagram[1] = 0x80 | 101;
  const Result<PacketView, DropReason> packet = PacketView::Parse(datagram);
  ASSERT_TRUE(packet.ok());
  EXPECT_TRUE(packet->marker());
  EXPECT_EQ(packet->payload_type(), PayloadType(101));
}

TEST(PacketView, TakesAnEmptyPayload) {
  const Bytes datagram = Header();
  const Result<PacketView, DropReason> packet = PacketView::Parse(datagram);
  ASSERT_TRUE(packet.ok());
  EXPECT_TRUE(packet->payload().empty());
}

TEST(PacketView, ListsWhoWasMixed) {
  Bytes datagram = Header() + Bytes{0, 0, 0, 1, 0, 0, 0, 2, 0x55};
  datagram[0] |= 2;
  const Result<PacketView, DropReason> packet = PacketView::Parse(datagram);
  ASSERT_TRUE(packet.ok());
  ASSERT_EQ(packet->csrc_count(), 2u);
  EXPECT_EQ(packet->csrc(0), Csrc(1));
  EXPECT_EQ(packet->csrc(1), Csrc(2));
  EXPECT_EQ(ToBytes(packet->payload()), Bytes{0x55});
}

TEST(PacketView, RemovesPadding) {
  Bytes datagram = Header() + Bytes{0xd5, 0xd5, 0, 0, 3};
  datagram[0] |= 0x20;
  const Result<PacketView, DropReason> packet = PacketView::Parse(datagram);
  ASSERT_TRUE(packet.ok());
  EXPECT_EQ(ToBytes(packet->payload()), (Bytes{0xd5, 0xd5}));
}

TEST(PacketView, TakesAPacketOfPaddingAlone) {
  Bytes datagram = Header() + Bytes{0, 0, 0, 4};
  datagram[0] |= 0x20;
  const Result<PacketView, DropReason> packet = PacketView::Parse(datagram);
  ASSERT_TRUE(packet.ok());
  EXPECT_TRUE(packet->payload().empty());
}

TEST(PacketView, FindsElementsOfAOneByteExtension) {
  // RFC 8285 §4.2: id 1 with two bytes, padding, id 2 with one byte.
  Bytes datagram = Header() + Bytes{0xbe, 0xde, 0, 2, 0x11, 0xaa, 0xbb, 0, 0x20, 0x85, 0, 0, 0x55};
  datagram[0] |= 0x10;
  const Result<PacketView, DropReason> packet = PacketView::Parse(datagram);
  ASSERT_TRUE(packet.ok());
  EXPECT_EQ(packet->extension_profile(), 0xbede);
  EXPECT_EQ(packet->extension().size(), 8u);
  EXPECT_EQ(ToBytes(packet->FindExtensionElement(1)), (Bytes{0xaa, 0xbb}));
  EXPECT_EQ(ToBytes(packet->FindExtensionElement(2)), (Bytes{0x85}));
  EXPECT_TRUE(packet->FindExtensionElement(3).empty());
  EXPECT_EQ(ToBytes(packet->payload()), Bytes{0x55});
}

TEST(PacketView, FindsElementsOfATwoByteExtension) {
  Bytes datagram = Header() + Bytes{0x10, 0x00, 0, 2, 7, 0, 0, 200, 2, 0xaa, 0xbb, 0, 0x55};
  datagram[0] |= 0x10;
  const Result<PacketView, DropReason> packet = PacketView::Parse(datagram);
  ASSERT_TRUE(packet.ok());
  EXPECT_EQ(ToBytes(packet->FindExtensionElement(200)), (Bytes{0xaa, 0xbb}));
  EXPECT_TRUE(packet->FindExtensionElement(7).empty());
}

TEST(PacketView, FindsNothingInADamagedOrForeignExtension) {
  Bytes lies = Header() + Bytes{0xbe, 0xde, 0, 1, 0x1f, 0xaa, 0xbb, 0xcc};  // 16 bytes in 3.
  lies[0] |= 0x10;
  ASSERT_TRUE(PacketView::Parse(lies).ok());
  EXPECT_TRUE(PacketView::Parse(lies)->FindExtensionElement(1).empty());
  Bytes stopped = Header() + Bytes{0xbe, 0xde, 0, 1, 0xf0, 0x10, 0xbb, 0xcc};  // Id 15 ends it.
  stopped[0] |= 0x10;
  EXPECT_TRUE(PacketView::Parse(stopped)->FindExtensionElement(1).empty());
  // RFC 8285 §4.2: id 0 with a length ends it, too.
  Bytes nameless = Header() + Bytes{0xbe, 0xde, 0, 1, 0x01, 0x20, 0x20, 0xcc};
  nameless[0] |= 0x10;
  EXPECT_TRUE(PacketView::Parse(nameless)->FindExtensionElement(2).empty());
  Bytes foreign = Header() + Bytes{0x12, 0x34, 0, 1, 0x10, 0xaa, 0, 0};
  foreign[0] |= 0x10;
  EXPECT_TRUE(PacketView::Parse(foreign)->FindExtensionElement(1).empty());
}

TEST(PacketView, DropsWhatIsShorterThanTheHeader) {
  for (size_t size = 0; size < kFixedHeaderSize; ++size) {
    Bytes datagram = Header();
    datagram.resize(size);
    EXPECT_EQ(ReasonFor(datagram), DropReason::kRtpTooShort) << size;
  }
}

TEST(PacketView, DropsWhatNoAudioPacketIs) {
  Bytes datagram = Header();
  datagram.resize(kDatagramSizeMax);
  EXPECT_TRUE(PacketView::Parse(datagram).ok());
  datagram.resize(kDatagramSizeMax + 1);
  EXPECT_EQ(ReasonFor(datagram), DropReason::kRtpTooLong);
  datagram.resize(65507);
  EXPECT_EQ(ReasonFor(datagram), DropReason::kRtpTooLong);
}

TEST(PacketView, DropsOtherVersions) {
  for (const uint8_t first : {0x00, 0x40, 0xc0}) {
    Bytes datagram = Header();
    datagram[0] = first;
    EXPECT_EQ(ReasonFor(datagram), DropReason::kRtpVersion);
  }
}

TEST(PacketView, TellsRtcpOnTheSamePort) {
  for (int second = 0; second < 256; ++second) {
    Bytes datagram = Header();
    datagram[1] = static_cast<uint8_t>(second);
    const bool is_rtcp = second >= 192 && second <= 223;
    EXPECT_EQ(IsRtcp(datagram), is_rtcp) << second;
    EXPECT_EQ(PacketView::Parse(datagram).ok(), !is_rtcp) << second;
    if (is_rtcp) {
      EXPECT_EQ(ReasonFor(datagram), DropReason::kRtpIsRtcp);
    }
  }
  EXPECT_FALSE(IsRtcp({}));
}

TEST(PacketView, DropsACsrcListBeyondTheEnd) {
  Bytes datagram = Header() + Bytes{0, 0, 0};
  datagram[0] |= 1;
  EXPECT_EQ(ReasonFor(datagram), DropReason::kRtpCsrcList);
  datagram[0] |= 15;
  EXPECT_EQ(ReasonFor(datagram), DropReason::kRtpCsrcList);
}

TEST(PacketView, DropsAnExtensionBeyondTheEnd) {
  Bytes header_cut = Header() + Bytes{0xbe, 0xde, 0};
  header_cut[0] |= 0x10;
  EXPECT_EQ(ReasonFor(header_cut), DropReason::kRtpExtension);
  Bytes body_cut = Header() + Bytes{0xbe, 0xde, 0, 1, 0x10, 0xaa, 0};
  body_cut[0] |= 0x10;
  EXPECT_EQ(ReasonFor(body_cut), DropReason::kRtpExtension);
  Bytes huge = Header() + Bytes{0xbe, 0xde, 0xff, 0xff, 0x10, 0xaa, 0, 0};
  huge[0] |= 0x10;
  EXPECT_EQ(ReasonFor(huge), DropReason::kRtpExtension);
}

TEST(PacketView, DropsPaddingThatCannotBe) {
  Bytes zero = Header() + Bytes{0xd5, 0};
  zero[0] |= 0x20;
  EXPECT_EQ(ReasonFor(zero), DropReason::kRtpPadding);
  Bytes more_than_there_is = Header() + Bytes{0xd5, 3};
  more_than_there_is[0] |= 0x20;
  EXPECT_EQ(ReasonFor(more_than_there_is), DropReason::kRtpPadding);
  // Its last byte would be the SSRC's.
  Bytes none = Header();
  none[0] |= 0x20;
  EXPECT_EQ(ReasonFor(none), DropReason::kRtpPadding);
}

TEST(PacketView, AllocatesNothing) {
  Bytes good = Header() + Bytes{0xbe, 0xde, 0, 1, 0x10, 0xaa, 0, 0, 0x55};
  good[0] |= 0x10;
  const Bytes bad(5);
  ASSERT_TRUE(MediaPathScope::IsEnforced());
  MediaPathScope scope;
  const Result<PacketView, DropReason> packet = PacketView::Parse(good);
  const bool found = packet.ok() && packet->FindExtensionElement(1).size() == 1;
  const bool dropped = !PacketView::Parse(bad).ok();
  MediaPathExemption exemption;
  EXPECT_TRUE(found);
  EXPECT_TRUE(dropped);
}

TEST(DropReason, HasANameOfItsOwnForEachReason) {
  std::vector<std::string> names;
  for (size_t i = 0; i < kDropReasonCount; ++i) {
    names.emplace_back(DropReasonName(static_cast<DropReason>(i)));
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  EXPECT_FALSE(std::binary_search(names.begin(), names.end(), "unknown"));
}

}  // namespace
}  // namespace narada::mixer::rtp
