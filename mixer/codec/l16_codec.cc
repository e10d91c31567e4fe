#include "mixer/codec/l16_codec.h"

#include "base/check.h"

namespace narada::mixer::codec {

SampleCount L16Decoder::SamplesIn(std::span<const uint8_t> payload) const noexcept {
  // Half a sample was never sent: such a payload is something else.
  return SampleCount(payload.size() % 2 == 0 ? static_cast<int64_t>(payload.size() / 2) : 0);
}

Result<SampleCount, CodecError> L16Decoder::Decode(std::span<const uint8_t> payload,
                                                   std::span<int16_t> samples) noexcept {
  const SampleCount count = SamplesIn(payload);
  if (count == SampleCount(0)) return CodecError::kPayloadInvalid;
  if (samples.size() < count.size()) return CodecError::kFrameTooSmall;
  for (size_t i = 0; i < count.size(); ++i) {
    samples[i] = static_cast<int16_t>(payload[2 * i] << 8 | payload[2 * i + 1]);
  }
  return count;
}

size_t L16Encoder::Encode(std::span<const int16_t> samples, std::span<uint8_t> payload) noexcept {
  DCHECK_GE(payload.size(), 2 * samples.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    const auto bits = static_cast<uint16_t>(samples[i]);
    payload[2 * i] = static_cast<uint8_t>(bits >> 8);
    payload[2 * i + 1] = static_cast<uint8_t>(bits);
  }
  return 2 * samples.size();
}

}  // namespace narada::mixer::codec
