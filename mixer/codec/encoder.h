// PCM to payload bytes of one stream. Made off the worker by MakeEncoder(); from then on it neither
// allocates nor locks.
//   const size_t size = encoder.Encode(frame, payload);
//   if (size > 0) Send(payload.first(size));     // 0: nothing to send (DTX)
// One thread at a time.
#ifndef NARADA_MIXER_CODEC_ENCODER_H_
#define NARADA_MIXER_CODEC_ENCODER_H_

#include <cstdint>
#include <memory>
#include <span>

#include "mixer/codec/codec_format.h"
#include "mixer/codec/codec_id.h"
#include "mixer/codec/codec_traits.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::codec {

class Encoder {
 public:
  virtual ~Encoder() = default;

  virtual CodecId id() const noexcept = 0;
  virtual SampleRate sample_rate() const noexcept { return TraitsOf(id()).sample_rate; }

  // The largest payload that Encode() can make of `samples`.
  virtual size_t PayloadSizeMax(SampleCount samples) const noexcept = 0;

  // Encodes one packet's samples (mono) and returns the payload's size. `payload` holds at least
  // PayloadSizeMax(samples). 0: the codec has nothing to send for this packet.
  virtual size_t Encode(std::span<const int16_t> samples, std::span<uint8_t> payload) noexcept = 0;

  // True if the payload depends on this packet's samples alone, so that listeners can change
  // between encoders of one codec at any packet.
  virtual bool is_stateless() const noexcept = 0;

  // Takes over the state of another encoder of the same format, so that its next payload continues
  // the other's stream without a seam. Nothing to do for a stateless codec.
  virtual void ContinueFrom(const Encoder& other) noexcept {}

  // A listener of this encoder is to go on with `other`, of the same format, which codes the same
  // sound in packets of the same samples. Between packets:
  //   encoder.StartJoining(other);
  // then for each packet, when the other one has coded it as `theirs`:
  //   const size_t size = encoder.EncodeJoining(samples, theirs, patience_percent, payload);
  // until has_joined(). `patience_percent` falls from 100 to 0, where it joins at any cost. Only where
  // can_join(); a stateless codec needs none of this.
  virtual bool can_join() const noexcept { return false; }
  virtual void StartJoining(const Encoder& other) noexcept {}
  virtual size_t EncodeJoining(std::span<const int16_t> samples, std::span<const uint8_t> theirs,
                               int patience_percent, std::span<uint8_t> payload) noexcept {
    return Encode(samples, payload);
  }
  virtual bool has_joined() const noexcept { return false; }

  // Lets the next payload depend on what came before as little as the codec can: a decoder that
  // followed another encoder until now may go on with this one.
  virtual void EncodeNextIndependently() noexcept {}

  virtual void Reset() noexcept {}
};

// Never null: every CodecId has an encoder.
std::unique_ptr<Encoder> MakeEncoder(const CodecFormat& format);

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_ENCODER_H_
