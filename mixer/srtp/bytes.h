// Big-endian fields of packets and of initialisation vectors. Inside mixer/srtp only.
#ifndef NARADA_MIXER_SRTP_BYTES_H_
#define NARADA_MIXER_SRTP_BYTES_H_

#include <cstdint>

namespace narada::mixer::srtp {

constexpr uint16_t ReadU16(const uint8_t* bytes) noexcept {
  return static_cast<uint16_t>(bytes[0] << 8 | bytes[1]);
}

constexpr uint32_t ReadU32(const uint8_t* bytes) noexcept {
  return uint32_t{ReadU16(bytes)} << 16 | ReadU16(bytes + 2);
}

constexpr void WriteU32(uint8_t* bytes, uint32_t value) noexcept {
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

// `index`, 48 bits of it, combined with what stands there.
constexpr void XorU48(uint8_t* bytes, uint64_t index) noexcept {
  for (int i = 0; i < 6; ++i) {
    bytes[i] = static_cast<uint8_t>(bytes[i] ^ static_cast<uint8_t>(index >> (40 - 8 * i)));
  }
}

constexpr void XorU32(uint8_t* bytes, uint32_t value) noexcept {
  for (int i = 0; i < 4; ++i) {
    bytes[i] = static_cast<uint8_t>(bytes[i] ^ static_cast<uint8_t>(value >> (24 - 8 * i)));
  }
}

}  // namespace narada::mixer::srtp

#endif  // NARADA_MIXER_SRTP_BYTES_H_
