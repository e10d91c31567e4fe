#include "mixer/codec/g711_codec.h"

#include "base/check.h"
#include "mixer/codec/g711.h"

namespace narada::mixer::codec {

SampleCount G711Decoder::SamplesIn(std::span<const uint8_t> payload) const noexcept {
  return SampleCount(static_cast<int64_t>(payload.size()));
}

Saying G711Decoder::SayingOf(std::span<const uint8_t> payload) const noexcept {
  const bool is_silence =
      id_ == CodecId::kPcma ? IsSilenceOfALaw(payload) : IsSilenceOfULaw(payload);
  return is_silence ? Saying::kSilence : Saying::kUnknown;
}

Result<SampleCount, CodecError> G711Decoder::Decode(std::span<const uint8_t> payload,
                                                    std::span<int16_t> samples) noexcept {
  if (payload.empty()) return CodecError::kPayloadInvalid;
  if (samples.size() < payload.size()) return CodecError::kFrameTooSmall;
  const std::span<int16_t> out = samples.first(payload.size());
  id_ == CodecId::kPcma ? DecodeALaw(payload, out) : DecodeULaw(payload, out);
  return SamplesIn(payload);
}

size_t G711Encoder::Encode(std::span<const int16_t> samples, std::span<uint8_t> payload) noexcept {
  DCHECK_GE(payload.size(), samples.size());
  const std::span<uint8_t> out = payload.first(samples.size());
  id_ == CodecId::kPcma ? EncodeALaw(samples, out) : EncodeULaw(samples, out);
  return out.size();
}

}  // namespace narada::mixer::codec
