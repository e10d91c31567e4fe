// Comfort noise packets (RFC 3389): how loud the silence of a far end is that sends none, and, in up to
// twelve octets more, its colour.
//   Result<ComfortNoise, CodecError> noise = ComfortNoise::Parse(packet.payload());
//   const size_t size = noise->Write(payload);
// Plain values; no allocation.
#ifndef NARADA_MIXER_CODEC_COMFORT_NOISE_PAYLOAD_H_
#define NARADA_MIXER_CODEC_COMFORT_NOISE_PAYLOAD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "mixer/codec/decoder.h"

namespace narada::mixer::codec {

struct ComfortNoise {
  static constexpr size_t kOrderMax = 12;
  static constexpr size_t kPayloadSizeMax = 1 + kOrderMax;

  // 0 (as loud as can be) to -127 dBov.
  int level_dbov = -127;
  // Reflection coefficients of an all-pole filter, in 1/127; the first `order` are valid.
  size_t order = 0;
  std::array<int8_t, kOrderMax> reflection = {};

  // Errors: kPayloadInvalid if it is empty. Octets beyond the twelfth coefficient are left out.
  static Result<ComfortNoise, CodecError> Parse(std::span<const uint8_t> payload) noexcept;
  // Returns the size; `payload` holds at least kPayloadSizeMax.
  size_t Write(std::span<uint8_t> payload) const noexcept;

  friend bool operator==(const ComfortNoise&, const ComfortNoise&) = default;
};

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_COMFORT_NOISE_PAYLOAD_H_
