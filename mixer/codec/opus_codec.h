// Opus (RFC 6716) over libopus, mono on our side: a stereo stream is decoded to one channel. The
// state is one block of memory, so that encoders can take over from each other by a copy, as
// libopus documents.
#ifndef NARADA_MIXER_CODEC_OPUS_CODEC_H_
#define NARADA_MIXER_CODEC_OPUS_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "mixer/codec/decoder.h"
#include "mixer/codec/encoder.h"

struct OpusDecoder;
struct OpusEncoder;

namespace narada::mixer::codec {

class OpusStreamDecoder final : public Decoder {
 public:
  // `rate` is 8, 12, 16, 24 or 48 kHz, whatever the sender's.
  explicit OpusStreamDecoder(SampleRate rate);
  CodecId id() const noexcept override { return CodecId::kOpus; }
  SampleRate sample_rate() const noexcept override { return rate_; }
  SampleCount SamplesIn(std::span<const uint8_t> payload) const noexcept override;
  // By DTX, and by the flags of voice activity that SILK's frames begin with (RFC 6716 §4.2.3). CELT has none.
  Saying SayingOf(std::span<const uint8_t> payload) const noexcept override;
  Result<SampleCount, CodecError> Decode(std::span<const uint8_t> payload,
                                         std::span<int16_t> samples) noexcept override;
  // In whole 2.5 ms, up to 120 ms.
  bool Conceal(std::span<int16_t> samples, std::span<const uint8_t> next) noexcept override;
  void Reset() noexcept override;

 private:
  OpusDecoder* state() const noexcept;

  const SampleRate rate_;
  std::unique_ptr<std::byte[]> memory_;
};

class OpusStreamEncoder final : public Encoder {
 public:
  explicit OpusStreamEncoder(const OpusParameters& parameters);
  CodecId id() const noexcept override { return CodecId::kOpus; }
  SampleRate sample_rate() const noexcept override { return rate_; }
  size_t PayloadSizeMax(SampleCount samples) const noexcept override;
  // 10, 20, 40 or 60 ms, or what else Opus has.
  size_t Encode(std::span<const int16_t> samples, std::span<uint8_t> payload) noexcept override;
  void EncodeNextIndependently() noexcept override;
  bool is_stateless() const noexcept override { return false; }
  void ContinueFrom(const Encoder& other) noexcept override;
  void Reset() noexcept override;

  // What a decoder of this stream must have in common after the last payload (RFC 6716 §4.1), for
  // comparing one run with another.
  uint32_t final_range() const noexcept;

 private:
  OpusEncoder* state() const noexcept;

  const SampleRate rate_;
  const size_t size_;
  bool is_next_independent_ = false;
  std::unique_ptr<std::byte[]> memory_;
};

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_OPUS_CODEC_H_
