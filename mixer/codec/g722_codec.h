// ITU-T G.722 at 64 kbit/s over spandsp: one octet for each two samples of 16 kHz. The state is
// allocated in the constructor and plain, so that it can be copied.
#ifndef NARADA_MIXER_CODEC_G722_CODEC_H_
#define NARADA_MIXER_CODEC_G722_CODEC_H_

#include <cstdint>
#include <memory>
#include <span>

#include "mixer/codec/decoder.h"
#include "mixer/codec/encoder.h"

struct g722_decode_state_s;
struct g722_encode_state_s;

namespace narada::mixer::codec {

class G722Joining;

class G722Decoder final : public Decoder {
 public:
  G722Decoder();
  ~G722Decoder() override;
  CodecId id() const noexcept override { return CodecId::kG722; }
  SampleCount SamplesIn(std::span<const uint8_t> payload) const noexcept override;
  Result<SampleCount, CodecError> Decode(std::span<const uint8_t> payload,
                                         std::span<int16_t> samples) noexcept override;
  void Reset() noexcept override;

 private:
  const std::unique_ptr<g722_decode_state_s> state_;
};

class G722Encoder final : public Encoder {
 public:
  G722Encoder();
  ~G722Encoder() override;
  CodecId id() const noexcept override { return CodecId::kG722; }
  size_t PayloadSizeMax(SampleCount samples) const noexcept override { return samples.size() / 2; }
  // An even number of samples.
  size_t Encode(std::span<const int16_t> samples, std::span<uint8_t> payload) noexcept override;
  bool is_stateless() const noexcept override { return false; }
  void ContinueFrom(const Encoder& other) noexcept override;
  bool can_join() const noexcept override { return true; }
  void StartJoining(const Encoder& other) noexcept override;
  size_t EncodeJoining(std::span<const int16_t> samples, std::span<const uint8_t> theirs,
                       int patience_percent, std::span<uint8_t> payload) noexcept override;
  bool has_joined() const noexcept override;
  void Reset() noexcept override;

 private:
  const std::unique_ptr<g722_encode_state_s> state_;
  const std::unique_ptr<G722Joining> joining_;
};

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_G722_CODEC_H_
