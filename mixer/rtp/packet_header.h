// Writes the header of an outgoing RTP packet (RFC 3550 §5.1). The payload stays where it is:
// header and payload are gathered when the packet is sent.
//   PacketHeader header{.payload_type = pt, .sequence_number = next, .timestamp = t, .ssrc = own};
//   const size_t size = header.Write(bytes);
// Any thread; no allocation.
#ifndef NARADA_MIXER_RTP_PACKET_HEADER_H_
#define NARADA_MIXER_RTP_PACKET_HEADER_H_

#include <cstdint>
#include <span>

#include "mixer/units/payload_type.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/sequence_number.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::rtp {

struct PacketHeader {
  static constexpr size_t kCsrcsMax = 15;
  static constexpr size_t kSizeMax = 12 + 4 * kCsrcsMax;

  bool marker = false;  // For audio: the first packet of a talkspurt (RFC 3551 §4.1).
  PayloadType payload_type;
  SequenceNumber sequence_number;
  RtpTimestamp timestamp;
  Ssrc ssrc;
  // Who is in the mix; the first kCsrcsMax are written. Must live until Write().
  std::span<const Csrc> csrcs = {};

  size_t Size() const noexcept;
  // Writes Size() bytes and returns their number; 0, and nothing written, where `out` is too small.
  size_t Write(std::span<uint8_t> out) const noexcept;
};

}  // namespace narada::mixer::rtp

#endif  // NARADA_MIXER_RTP_PACKET_HEADER_H_
