// An RTP packet, read in place (RFC 3550 §5.1).
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                           timestamp                           |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                             SSRC                              |
//   +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
//   |              CSRC (0 to 15), extension, payload, padding       |
//
//   Result<PacketView, DropReason> packet = PacketView::Parse(datagram);
//   if (!packet.ok()) return CountDrop(packet.error());
//   decoder.Decode(packet->payload(), frame);
//
// A view: the datagram must outlive it. Any thread; no allocation.
#ifndef NARADA_MIXER_RTP_PACKET_VIEW_H_
#define NARADA_MIXER_RTP_PACKET_VIEW_H_

#include <cstdint>
#include <span>

#include "base/result.h"
#include "mixer/rtp/byte_order.h"
#include "mixer/rtp/drop_reason.h"
#include "mixer/units/payload_type.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/sequence_number.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::rtp {

inline constexpr size_t kFixedHeaderSize = 12;

// True if a datagram on a port shared by RTP and RTCP is RTCP (RFC 5761 §4): its second byte, read
// as an RTCP packet type, is 192-223. Such payload types (64-95 with marker) are never used for
// RTP.
constexpr bool IsRtcp(std::span<const uint8_t> datagram) noexcept {
  return datagram.size() >= 2 && datagram[1] >= 192 && datagram[1] <= 223;
}

class PacketView {
 public:
  // Takes every well-formed packet of version 2, an empty payload too (some phones keep NAT
  // bindings open with it). On success each accessor stays within the datagram.
  static Result<PacketView, DropReason> Parse(std::span<const uint8_t> datagram) noexcept;

  bool marker() const noexcept { return (bytes_[1] & 0x80) != 0; }
  PayloadType payload_type() const noexcept { return PayloadType(bytes_[1] & 0x7f); }
  SequenceNumber sequence_number() const noexcept { return SequenceNumber(ReadU16(&bytes_[2])); }
  RtpTimestamp timestamp() const noexcept { return RtpTimestamp(ReadU32(&bytes_[4])); }
  Ssrc ssrc() const noexcept { return Ssrc(ReadU32(&bytes_[8])); }

  // Who was mixed into this packet; `index` below csrc_count().
  size_t csrc_count() const noexcept { return bytes_[0] & 0x0f; }
  Csrc csrc(size_t index) const noexcept {
    return Csrc(ReadU32(&bytes_[kFixedHeaderSize + 4 * index]));
  }

  // The header extension (RFC 3550 §5.3.1); profile 0 and no bytes where there is none.
  bool has_extension() const noexcept { return (bytes_[0] & 0x10) != 0; }
  uint16_t extension_profile() const noexcept { return extension_profile_; }
  std::span<const uint8_t> extension() const noexcept {
    return bytes_.subspan(extension_offset_, extension_size_);
  }
  // One element of an RFC 8285 extension in one- or two-byte form; empty if it is absent, has no
  // bytes, or the extension is damaged. `id` from 1 to 14 (255 in the two-byte form).
  std::span<const uint8_t> FindExtensionElement(uint8_t id) const noexcept;

  std::span<const uint8_t> payload() const noexcept {
    return bytes_.subspan(payload_offset_, payload_size_);
  }
  // Header, extension, payload and padding: what an SRTP index or an octet count starts from.
  std::span<const uint8_t> bytes() const noexcept { return bytes_; }

 private:
  explicit PacketView(std::span<const uint8_t> bytes) noexcept : bytes_(bytes) {}

  std::span<const uint8_t> bytes_;
  uint16_t extension_profile_ = 0;
  uint16_t extension_offset_ = 0;
  uint16_t extension_size_ = 0;
  uint16_t payload_offset_ = 0;
  uint16_t payload_size_ = 0;
};

}  // namespace narada::mixer::rtp

#endif  // NARADA_MIXER_RTP_PACKET_VIEW_H_
