#include "mixer/rtp/packet_header.h"

#include <algorithm>

#include "mixer/rtp/byte_order.h"

namespace narada::mixer::rtp {

size_t PacketHeader::Size() const noexcept { return 12 + 4 * std::min(csrcs.size(), kCsrcsMax); }

size_t PacketHeader::Write(std::span<uint8_t> out) const noexcept {
  if (out.size() < Size()) return 0;
  const size_t csrc_count = std::min(csrcs.size(), kCsrcsMax);
  out[0] = static_cast<uint8_t>(0x80 | csrc_count);
  out[1] = static_cast<uint8_t>((marker ? 0x80 : 0) | payload_type.value());
  WriteU16(&out[2], sequence_number.value());
  WriteU32(&out[4], timestamp.value());
  WriteU32(&out[8], ssrc.value());
  for (size_t i = 0; i < csrc_count; ++i) WriteU32(&out[12 + 4 * i], csrcs[i].value());
  return Size();
}

}  // namespace narada::mixer::rtp
