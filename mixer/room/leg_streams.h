// The memory that a leg's media needs: codecs for the formats that were agreed and no others, a
// jitter buffer and frames at the rate that the far end may send, and the stream that we send.
//   auto streams = std::make_unique<LegStreams>(media, delay_min, delay_max);   // off the worker
//   leg.UpdateMedia(streams);                                        // on it: no allocation
//   streams.reset();                                                 // off it: what is not needed any more
// Belongs to one leg at a time.
#ifndef NARADA_MIXER_ROOM_LEG_STREAMS_H_
#define NARADA_MIXER_ROOM_LEG_STREAMS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "mixer/codec/decoder.h"
#include "mixer/dtmf/in_band_digits.h"
#include "mixer/jitter/jitter_buffer.h"
#include "mixer/room/leg_media.h"
#include "mixer/room/media_crypto.h"
#include "mixer/room/outgoing_stream.h"
#include "mixer/units/bring_into_cache.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::room {

class LegStreams {
 public:
  // The frame that is heard, and the two before it.
  static constexpr size_t kVoices = 3;

  // Bounds of the jitter buffer's delay.
  // `delay_margin`: what packets wait beyond what the network is known to need, when a talk begins.
  LegStreams(const LegMedia& media, MediaDuration delay_min, MediaDuration delay_max,
             MediaDuration delay_margin);

  // Exchanges what `old` has and these need as well: a decoder, the jitter buffer and the encoder go
  // on with what they know where their format is the same, and SRTP counts on where its keys are.
  // What was encrypted stays so, whatever `media` says. Then these take the place of `old`.
  void KeepFrom(LegStreams& old) noexcept;

  // Hints: see Leg::BringNear().
  void BringNear() const noexcept { BringIntoCache(this, &media_.receive_formats[1]); }
  void BringBuffersNear(bool is_played) const noexcept;

  // By payload type; null: none of the audio agreed.
  codec::Decoder* FindDecoder(PayloadType type) const noexcept;

  const LegMedia& media() const noexcept { return media_; }
  SampleRate rate() const noexcept { return rate_; }    // Of the frames that the leg says.
  size_t samples() const noexcept { return samples_; }  // In one of them.
  jitter::JitterBuffer& jitter() noexcept { return *jitter_; }
  const jitter::JitterBuffer& jitter() const noexcept { return *jitter_; }
  OutgoingStream& outgoing() noexcept { return *outgoing_; }
  // Null: keys are not searched in the audio.
  dtmf::InBandDigits* in_band_digits() const noexcept { return in_band_digits_.get(); }
  MediaCrypto* crypto() noexcept { return crypto_.get(); }  // Null: plain RTP.
  const MediaCrypto* crypto() const noexcept { return crypto_.get(); }
  // The frame of so many ticks ago, below kVoices.
  std::span<int16_t> voice(size_t ago) noexcept {
    return {&voices_[(newest_voice_ + kVoices - ago) % kVoices * samples_], samples_};
  }
  std::span<const int16_t> voice(size_t ago) const noexcept {
    return {&voices_[(newest_voice_ + kVoices - ago) % kVoices * samples_], samples_};
  }
  // A tick: voice(0) is the oldest frame, to be overwritten,
  void NextVoice() noexcept { newest_voice_ = (newest_voice_ + 1) % kVoices; }
  // which it was, or was not, as it is to be zeros: it may be so already.
  void OnVoiceWritten() noexcept { are_zero_[newest_voice_] = false; }
  void MakeVoiceZero() noexcept;

 private:
  using Decoders = std::array<std::unique_ptr<codec::Decoder>, LegMedia::kReceiveFormatsMax>;

  jitter::JitterBufferConfig BufferConfig(MediaDuration delay_min, MediaDuration delay_max,
                                          MediaDuration delay_margin) const;
  bool IsBufferedLike(const LegStreams& old) const noexcept;
  static size_t PayloadBytesOf10Ms(const LegMedia& media);
  void KeepDecodersFrom(LegStreams& old) noexcept;

  // What each packet and each tick look at comes first: see BringNear().
  std::unique_ptr<jitter::JitterBuffer> jitter_;
  std::unique_ptr<OutgoingStream> outgoing_;
  std::unique_ptr<int16_t[]> voices_;
  std::unique_ptr<dtmf::InBandDigits> in_band_digits_;
  std::unique_ptr<MediaCrypto> crypto_;
  const size_t samples_;
  size_t newest_voice_ = 0;
  std::array<bool, kVoices> are_zero_ = {true, true, true};  // Of voices_.
  const SampleRate rate_;
  Decoders decoders_;  // By receive_formats.
  const LegMedia media_;

  // Not agreed any more; packets that came before may still wait for them.
  Decoders retired_;
  const size_t payload_bytes_;
  const jitter::JitterBufferConfig buffer_;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_LEG_STREAMS_H_
