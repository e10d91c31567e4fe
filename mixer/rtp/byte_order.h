// Network-order integers at any alignment. The caller has checked the bounds.
#ifndef NARADA_MIXER_RTP_BYTE_ORDER_H_
#define NARADA_MIXER_RTP_BYTE_ORDER_H_

#include <cstdint>

namespace narada::mixer::rtp {

constexpr uint16_t ReadU16(const uint8_t* bytes) noexcept {
  return static_cast<uint16_t>(bytes[0] << 8 | bytes[1]);
}

constexpr uint32_t ReadU24(const uint8_t* bytes) noexcept {
  return uint32_t{bytes[0]} << 16 | uint32_t{bytes[1]} << 8 | bytes[2];
}

constexpr uint32_t ReadU32(const uint8_t* bytes) noexcept {
  return uint32_t{bytes[0]} << 24 | ReadU24(bytes + 1);
}

constexpr uint64_t ReadU64(const uint8_t* bytes) noexcept {
  return uint64_t{ReadU32(bytes)} << 32 | ReadU32(bytes + 4);
}

constexpr void WriteU16(uint8_t* bytes, uint16_t value) noexcept {
  bytes[0] = static_cast<uint8_t>(value >> 8);
  bytes[1] = static_cast<uint8_t>(value);
}

constexpr void WriteU24(uint8_t* bytes, uint32_t value) noexcept {
  bytes[0] = static_cast<uint8_t>(value >> 16);
  WriteU16(bytes + 1, static_cast<uint16_t>(value));
}

constexpr void WriteU32(uint8_t* bytes, uint32_t value) noexcept {
  WriteU16(bytes, static_cast<uint16_t>(value >> 16));
  WriteU16(bytes + 2, static_cast<uint16_t>(value));
}

constexpr void WriteU64(uint8_t* bytes, uint64_t value) noexcept {
  WriteU32(bytes, static_cast<uint32_t>(value >> 32));
  WriteU32(bytes + 4, static_cast<uint32_t>(value));
}

}  // namespace narada::mixer::rtp

#endif  // NARADA_MIXER_RTP_BYTE_ORDER_H_
