// What was decoded and is not yet played, of one stream, at one rate: packets are appended, losses
// concealed, frames taken from the front.
//   DecodedAudio audio(leg_rate, decoder_rates);
//   if (!audio.Append(decoder, payload, past)) ...      // the codec cannot have made this payload
//   if (audio.ConcealByCodec(gap, next_payload) == 0) audio.Conceal(gap);
//   audio.samples().first(160) ...; audio.Take(160);
// Joins are smoothed: where the concealment is ours it is cross-faded with what comes after it;
// where the codec has concealed, its own state leads on. A decoder of another rate is resampled to
// ours. What a sender says to be a pause is not decoded (sender_pause.h), and while nothing but zeros is left of the talk
// (is_at_rest()) next to nothing is done. One thread; allocates in the constructor only.
#ifndef NARADA_MIXER_JITTER_DECODED_AUDIO_H_
#define NARADA_MIXER_JITTER_DECODED_AUDIO_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "mixer/codec/codec_traits.h"
#include "mixer/codec/decoder.h"
#include "mixer/dsp/stream_resampler.h"
#include "mixer/jitter/concealment.h"
#include "mixer/jitter/sender_pause.h"
#include "mixer/units/bring_into_cache.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::jitter {

class DecodedAudio {
 public:
  // The longest packet.
  static constexpr MediaDuration kPacketMax = Milliseconds(120);
  static constexpr size_t kOtherRatesMax = 2;

  // `decoder_rates`: of all decoders that Append() may be given, besides `rate`; zeros are ignored.
  DecodedAudio(SampleRate rate, std::span<const int> decoder_rates_hz);

  // A hint to the CPU: about to be used.
  void BringNear() const noexcept {
    if (is_at_rest_) return;
    BringIntoCache(samples_.get(), samples_.get() + rate_.hertz() / 50);
    concealment_.BringNear();
  }

  size_t size() const noexcept { return size_; }
  std::span<const int16_t> samples() const noexcept { return {samples_.get(), size_}; }
  // Room for the longest packet is left.
  bool HasRoom() const noexcept { return size_ + packet_max_ <= capacity_; }
  bool CanDecode(SampleRate rate) const noexcept { return rate == rate_ || ConverterFor(rate); }

  // Behind the rest; but for the first `past` samples (at our rate), whose time is over. False, and
  // nothing appended: not a payload of this codec. `is_silence`: the sender says so.
  bool Append(codec::Decoder& decoder, std::span<const uint8_t> payload, size_t past,
              bool is_silence = false) noexcept;
  // In a long silence: whether this packet is more of it, so that at its turn AppendMoreSilence() does without the payload.
  bool IsMoreSilence(const codec::Decoder& decoder,
                     std::span<const uint8_t> payload) const noexcept {
    return is_at_rest_ && decoder_ == &decoder && decoder.sample_rate() == rate_ &&
           codec::TraitsOf(decoder.id()).is_stateless &&
           decoder.SayingOf(payload) == codec::Saying::kSilence;
  }
  // As Append() of `samples` (at our rate) of it.
  bool AppendMoreSilence(codec::Decoder& decoder, size_t samples, size_t past) noexcept;
  // By the codec of the last packet. `next` is the payload directly behind the gap, or empty.
  // Returns false where the codec knows no better.
  bool ConcealByCodec(size_t samples, std::span<const uint8_t> next) noexcept;
  void Conceal(size_t samples) noexcept;
  // What is appended next comes from elsewhere in the stream: it is faded in over a concealment.
  void Skip() noexcept;
  void Take(size_t samples) noexcept;
  // Forgets what is behind the first so many samples, which fade out; what is appended next fades in.
  void FadeOutAfter(size_t samples) noexcept;

  // Time-scaling, by whole periods: see time_scaling.h. Returns by how many samples.
  size_t Shorten(size_t at_most, bool must) noexcept;
  size_t Stretch(size_t at_most, bool must) noexcept;

  // No trace of what was played is left: neither in a concealment, ours or the codec's, nor where the
  // next packet begins with what its decoder still holds of the last one.
  void ForgetSound() noexcept {
    concealment_.Reset();
    has_forgotten_ = true;
  }
  // The decoders that were given so far are used no more.
  void ForgetDecoder() noexcept {
    decoder_ = nullptr;
    pause_.Reset();
  }
  // Nothing but silence is left of the last talk.
  bool is_silent() const noexcept {
    return size_ == 0 && (is_at_rest_ || concealment_.is_silent());
  }
  // All of samples(), and all that is remembered of those before them, is zero.
  bool is_at_rest() const noexcept { return is_at_rest_; }
  // Packets that were not decoded so far.
  uint64_t skipped() const noexcept { return skipped_; }

 private:
  struct Converter {
    int rate_hz = 0;  // Unused.
    std::unique_ptr<dsp::StreamResampler> resampler;
  };

  std::span<int16_t> free() noexcept { return {samples_.get() + size_, capacity_ - size_}; }
  const Converter* ConverterFor(SampleRate rate) const noexcept;
  // Takes what the decoder, and a converter behind it, still hold of earlier packets out of `fresh`.
  void LeaveOutTail(std::span<int16_t> fresh) noexcept;
  void AppendSilence(const Converter* converter, size_t samples, size_t past) noexcept;
  // The decoder hears what it has missed of the pause that is over.
  void DecodeKept() noexcept;
  void OnZeros(size_t samples) noexcept;
  void LeaveRest() noexcept {
    zeros_ = 0;
    is_at_rest_ = false;
  }
  // Samples that a decoder has written into scratch_, to the free samples at our rate.
  size_t Convert(const Converter& converter, size_t samples) noexcept;
  size_t ConvertedSize(const Converter& converter, size_t samples) const noexcept;

  const SampleRate rate_;
  const size_t packet_max_;
  const size_t capacity_;
  std::unique_ptr<int16_t[]> samples_;
  size_t size_ = 0;
  Concealment concealment_;
  codec::Decoder* decoder_ = nullptr;  // Of the last packet.
  bool has_forgotten_ = false;         // ForgetSound() since the last packet.
  size_t tail_left_ = 0;               // Samples to be left out of the next ones.
  SenderPause pause_;
  size_t zeros_ = 0;         // So many were the last ones that were appended, at least.
  bool is_at_rest_ = false;  // All of samples_ is zero.
  uint64_t skipped_ = 0;

  std::array<Converter, kOtherRatesMax> converters_;
  std::unique_ptr<int16_t[]> scratch_;  // A packet at another rate. Null where there is none.
  size_t scratch_size_ = 0;
};

}  // namespace narada::mixer::jitter

#endif  // NARADA_MIXER_JITTER_DECODED_AUDIO_H_
