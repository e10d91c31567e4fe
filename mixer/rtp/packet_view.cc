#include "mixer/rtp/packet_view.h"

namespace narada::mixer::rtp {
namespace {

constexpr uint16_t kOneByteProfile = 0xbede;  // RFC 8285 §4.2.
constexpr uint16_t kTwoByteProfile = 0x1000;  // RFC 8285 §4.3; the low four bits are free.
constexpr uint8_t kOneByteStop = 15;

}  // namespace

Result<PacketView, DropReason> PacketView::Parse(std::span<const uint8_t> datagram) noexcept {
  if (datagram.size() > kDatagramSizeMax) return DropReason::kRtpTooLong;
  if (datagram.size() < kFixedHeaderSize) return DropReason::kRtpTooShort;
  if (datagram[0] >> 6 != 2) return DropReason::kRtpVersion;
  if (IsRtcp(datagram)) return DropReason::kRtpIsRtcp;

  PacketView packet(datagram);
  size_t offset = kFixedHeaderSize + 4 * packet.csrc_count();
  if (offset > datagram.size()) return DropReason::kRtpCsrcList;

  if (packet.has_extension()) {
    if (datagram.size() - offset < 4) return DropReason::kRtpExtension;
    packet.extension_profile_ = ReadU16(&datagram[offset]);
    const size_t size = size_t{4} * ReadU16(&datagram[offset + 2]);
    offset += 4;
    if (datagram.size() - offset < size) return DropReason::kRtpExtension;
    packet.extension_offset_ = static_cast<uint16_t>(offset);
    packet.extension_size_ = static_cast<uint16_t>(size);
    offset += size;
  }

  size_t end = datagram.size();
  const bool has_padding = (datagram[0] & 0x20) != 0;
  if (has_padding) {
    // The last byte counts the padding, itself included.
    const size_t padding = datagram[end - 1];
    if (padding == 0 || padding > end - offset) return DropReason::kRtpPadding;
    end -= padding;
  }
  packet.payload_offset_ = static_cast<uint16_t>(offset);
  packet.payload_size_ = static_cast<uint16_t>(end - offset);
  return packet;
}

std::span<const uint8_t> PacketView::FindExtensionElement(uint8_t id) const noexcept {
  const std::span<const uint8_t> elements = extension();
  const bool is_one_byte = extension_profile_ == kOneByteProfile;
  const bool is_two_byte = (extension_profile_ & 0xfff0) == kTwoByteProfile;
  if (id == 0 || (!is_one_byte && !is_two_byte)) return {};
  for (size_t at = 0; at < elements.size();) {
    if (elements[at] == 0) {  // Padding between elements.
      ++at;
      continue;
    }
    uint8_t element_id;
    size_t size;
    if (is_one_byte) {
      element_id = elements[at] >> 4;
      size = size_t{elements[at] & 0x0fu} + 1;
      // RFC 8285 §4.2: neither has a length, and what follows is not looked at.
      if (element_id == kOneByteStop || element_id == 0) return {};
      at += 1;
    } else {
      if (elements.size() - at < 2) return {};
      element_id = elements[at];
      size = elements[at + 1];
      at += 2;
    }
    if (elements.size() - at < size) return {};
    if (element_id == id) return elements.subspan(at, size);
    at += size;
  }
  return {};
}

}  // namespace narada::mixer::rtp
