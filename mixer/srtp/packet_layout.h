// Where the parts of a protected packet lie (RFC 3711 §3.1 and §3.4). Inside mixer/srtp only, which
// knows no other packets than these.
#ifndef NARADA_MIXER_SRTP_PACKET_LAYOUT_H_
#define NARADA_MIXER_SRTP_PACKET_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "mixer/srtp/bytes.h"

namespace narada::mixer::srtp {

inline constexpr size_t kRtpHeaderSize = 12;
inline constexpr size_t kRtcpHeaderSize = 8;  // With the sender's SSRC; never encrypted.
inline constexpr size_t kRtcpIndexSize = 4;
inline constexpr uint32_t kRtcpIsEncrypted = uint32_t{1} << 31;

// Fixed header, CSRCs and header extension: what is authenticated and not encrypted. 0 if they do
// not fit into `packet`, or it is no RTP of version 2.
constexpr size_t RtpHeaderSizeOf(std::span<const uint8_t> packet) noexcept {
  if (packet.size() < kRtpHeaderSize || packet[0] >> 6 != 2) return 0;
  size_t size = kRtpHeaderSize + 4 * size_t{packet[0] & 0x0fu};
  if ((packet[0] & 0x10) != 0) {
    if (packet.size() < size + 4) return 0;
    size += 4 + 4 * size_t{ReadU16(&packet[size + 2])};
  }
  return packet.size() < size ? 0 : size;
}

}  // namespace narada::mixer::srtp

#endif  // NARADA_MIXER_SRTP_PACKET_LAYOUT_H_
