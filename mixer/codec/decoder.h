// Payload bytes of one RTP stream to PCM. Made off the worker by MakeDecoder(); from then on it
// neither allocates nor locks.
//   const SampleCount samples = decoder.SamplesIn(packet.payload());
//   Result<SampleCount, CodecError> decoded = decoder.Decode(packet.payload(), frame);
//   if (packet is lost && !decoder.Conceal(frame)) concealment.Fill(frame);
// One thread at a time.
#ifndef NARADA_MIXER_CODEC_DECODER_H_
#define NARADA_MIXER_CODEC_DECODER_H_

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "mixer/codec/codec_format.h"
#include "mixer/codec/codec_id.h"
#include "mixer/codec/codec_traits.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::codec {

enum class CodecError : uint8_t {
  kPayloadInvalid,  // The codec cannot have made this.
  kFrameTooSmall,   // The payload holds more than the caller has room for.
};

// What a payload tells without being decoded.
enum class Saying : uint8_t {
  kUnknown,
  kNoVoice,  // The sender's codec noticed no voice in it.
  kSilence,  // No sample is more than the 8 that A-law makes of zero.
  kNothing,  // The sender left it unsaid (DTX); the decoder would go on with noise of its own.
};

class Decoder {
 public:
  virtual ~Decoder() = default;

  // Constant: the codec, the rate of its PCM (mono) and its clock.
  virtual CodecId id() const noexcept = 0;
  virtual SampleRate sample_rate() const noexcept { return TraitsOf(id()).sample_rate; }

  // How many samples a payload holds, without decoding it; 0 if it is empty or not of this codec.
  virtual SampleCount SamplesIn(std::span<const uint8_t> payload) const noexcept = 0;

  virtual Saying SayingOf(std::span<const uint8_t> payload) const noexcept {
    return Saying::kUnknown;
  }

  // Decodes the next payload into the front of `samples`; returns how many were written.
  virtual Result<SampleCount, CodecError> Decode(std::span<const uint8_t> payload,
                                                 std::span<int16_t> samples) noexcept = 0;

  // Fills `samples` in place of a lost packet from the codec's own state. `next` is the payload
  // after the loss if it is there already (for forward error correction), else empty. False, and
  // nothing written: the codec knows no better than the caller.
  virtual bool Conceal(std::span<int16_t> samples, std::span<const uint8_t> next = {}) noexcept {
    return false;
  }

  // Forgets the stream, as after a change of SSRC.
  virtual void Reset() noexcept {}
};

// Never null: every CodecId has a decoder.
std::unique_ptr<Decoder> MakeDecoder(const CodecFormat& format);

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_DECODER_H_
