// Linear 16-bit samples in network byte order (RFC 3551 §4.5.11), mono. Stateless.
#ifndef NARADA_MIXER_CODEC_L16_CODEC_H_
#define NARADA_MIXER_CODEC_L16_CODEC_H_

#include <cstdint>
#include <span>

#include "mixer/codec/decoder.h"
#include "mixer/codec/encoder.h"

namespace narada::mixer::codec {

// `id` is one of kL16At8k, kL16At16k and kL16At48k.
class L16Decoder final : public Decoder {
 public:
  explicit L16Decoder(CodecId id) : id_(id) {}
  CodecId id() const noexcept override { return id_; }
  SampleCount SamplesIn(std::span<const uint8_t> payload) const noexcept override;
  Result<SampleCount, CodecError> Decode(std::span<const uint8_t> payload,
                                         std::span<int16_t> samples) noexcept override;

 private:
  const CodecId id_;
};

class L16Encoder final : public Encoder {
 public:
  explicit L16Encoder(CodecId id) : id_(id) {}
  CodecId id() const noexcept override { return id_; }
  size_t PayloadSizeMax(SampleCount samples) const noexcept override { return 2 * samples.size(); }
  size_t Encode(std::span<const int16_t> samples, std::span<uint8_t> payload) noexcept override;
  bool is_stateless() const noexcept override { return true; }

 private:
  const CodecId id_;
};

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_L16_CODEC_H_
