// G.711 behind the interfaces that all codecs have.
#ifndef NARADA_MIXER_CODEC_G711_CODEC_H_
#define NARADA_MIXER_CODEC_G711_CODEC_H_

#include <cstdint>
#include <span>

#include "mixer/codec/decoder.h"
#include "mixer/codec/encoder.h"

namespace narada::mixer::codec {

// `id` is kPcma or kPcmu.
class G711Decoder final : public Decoder {
 public:
  explicit G711Decoder(CodecId id) : id_(id) {}
  CodecId id() const noexcept override { return id_; }
  SampleCount SamplesIn(std::span<const uint8_t> payload) const noexcept override;
  Saying SayingOf(std::span<const uint8_t> payload) const noexcept override;
  Result<SampleCount, CodecError> Decode(std::span<const uint8_t> payload,
                                         std::span<int16_t> samples) noexcept override;

 private:
  const CodecId id_;
};

class G711Encoder final : public Encoder {
 public:
  explicit G711Encoder(CodecId id) : id_(id) {}
  CodecId id() const noexcept override { return id_; }
  size_t PayloadSizeMax(SampleCount samples) const noexcept override { return samples.size(); }
  size_t Encode(std::span<const int16_t> samples, std::span<uint8_t> payload) noexcept override;
  bool is_stateless() const noexcept override { return true; }

 private:
  const CodecId id_;
};

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_G711_CODEC_H_
