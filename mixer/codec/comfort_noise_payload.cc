#include "mixer/codec/comfort_noise_payload.h"

#include <algorithm>

#include "base/check.h"

namespace narada::mixer::codec {
namespace {

constexpr int kLevelMask = 0x7f;        // RFC 3389 §3.1: the leading bit is to be ignored.
constexpr int kReflectionOfZero = 127;  // §3.2: octets 0 to 254 are -1 to 1.

}  // namespace

Result<ComfortNoise, CodecError> ComfortNoise::Parse(std::span<const uint8_t> payload) noexcept {
  if (payload.empty()) return CodecError::kPayloadInvalid;
  ComfortNoise noise;
  noise.level_dbov = -(payload[0] & kLevelMask);
  noise.order = std::min(payload.size() - 1, kOrderMax);
  for (size_t i = 0; i < noise.order; ++i) {
    noise.reflection[i] =
        static_cast<int8_t>(std::min(payload[1 + i] - kReflectionOfZero, kReflectionOfZero));
  }
  return noise;
}

size_t ComfortNoise::Write(std::span<uint8_t> payload) const noexcept {
  DCHECK_GE(payload.size(), kPayloadSizeMax);
  payload[0] = static_cast<uint8_t>(std::clamp(-level_dbov, 0, kLevelMask));
  for (size_t i = 0; i < order; ++i) {
    payload[1 + i] = static_cast<uint8_t>(
        std::clamp<int>(reflection[i], -kReflectionOfZero, kReflectionOfZero) + kReflectionOfZero);
  }
  return 1 + order;
}

}  // namespace narada::mixer::codec
