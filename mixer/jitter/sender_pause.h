// Which packets of a stream need not be decoded, as their sender says nothing in them: it left them unsaid (DTX), says how
// quiet they are (RFC 6464), they are digital silence (G.711), or its codec noticed no voice in them and they have sounded like it.
//   switch (pause.OnPacket(saying, length)) ...          // of each packet
//   case kSkip: pause.Keep(payload); play zeros;          // inaudible, or the sender's own fault
//   case kResume: for (i < pause.kept_count()) decode pause.kept(i) for nothing;   // the decoder learns what it missed
//   pause.OnDecoded(is_audible);
// The first tenth of a second of a pause is decoded and its end faded out, so that short ones between words stay whole. What
// follows is decoded from its first packet on. One thread; allocates in the constructor only.
#ifndef NARADA_MIXER_JITTER_SENDER_PAUSE_H_
#define NARADA_MIXER_JITTER_SENDER_PAUSE_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "mixer/codec/decoder.h"
#include "mixer/units/media_time.h"

namespace narada::mixer::jitter {

class SenderPause {
 public:
  static constexpr MediaDuration kDecoded = Milliseconds(100);
  // Of what a codec calls no voice one packet in so many is decoded nevertheless: a sound that swells slowly may be one.
  static constexpr int kUnheardMax = 100;

  enum class Turn : uint8_t {
    kPlay,
    kFadeOut,  // The last one before the pause.
    kSkip,
    kResume,  // The pause is over, unless nothing is to be heard of this one.
  };

  // `has_memory`: decoders that need to hear the packets before those that are to be heard.
  explicit SenderPause(bool has_memory) : kept_(has_memory ? std::make_unique<Kept>() : nullptr) {}

  Turn OnPacket(codec::Saying saying, bool is_said_to_be_silence, MediaDuration length) noexcept {
    const bool is_no_voice = saying == codec::Saying::kNoVoice && !was_audible_;
    const bool is_silent = saying == codec::Saying::kNothing || saying == codec::Saying::kSilence ||
                           is_said_to_be_silence || is_no_voice;
    if (!is_on()) {
      length_ = is_silent ? length_ + length : MediaDuration();
      return is_on() ? Turn::kFadeOut : Turn::kPlay;
    }
    const bool is_unheard = is_no_voice && !is_said_to_be_silence && ++unheard_ >= kUnheardMax;
    if (is_silent && !is_unheard) return Turn::kSkip;
    unheard_ = 0;
    return Turn::kResume;
  }
  // Of one that was decoded. Until it is heard the pause goes on.
  void OnDecoded(bool is_audible) noexcept {
    was_audible_ = is_audible;
    if (is_on() && is_audible) length_ = MediaDuration();
  }
  bool is_on() const noexcept { return length_ >= kDecoded; }

  // Of one that was skipped. What is longer than is common is not kept.
  void Keep(std::span<const uint8_t> payload) noexcept {
    if (kept_ == nullptr) return;
    newest_ = (newest_ + 1) % kKept;
    Payload& newest = (*kept_)[newest_];
    newest.size = payload.size() <= newest.bytes.size() ? payload.size() : 0;
    std::copy_n(payload.begin(), newest.size, newest.bytes.begin());
  }
  // The last two, oldest first; empty ones are none.
  static constexpr size_t kKept = 2;
  std::span<const uint8_t> kept(size_t index) const noexcept {
    if (kept_ == nullptr) return {};
    const Payload& payload = (*kept_)[(newest_ + 1 + index) % kKept];
    return std::span(payload.bytes).first(payload.size);
  }
  void ForgetKept() noexcept {
    for (size_t i = 0; kept_ != nullptr && i < kKept; ++i) (*kept_)[i].size = 0;
  }

  // Another stream, or another decoder.
  void Reset() noexcept {
    length_ = MediaDuration();
    was_audible_ = true;
    unheard_ = 0;
    ForgetKept();
  }

 private:
  struct Payload {
    size_t size = 0;
    std::array<uint8_t, 320> bytes;  // 20 ms at 128 kbit/s.
  };
  using Kept = std::array<Payload, kKept>;

  MediaDuration length_;  // Up to now.
  bool was_audible_ = true;
  int unheard_ = 0;
  size_t newest_ = 0;
  std::unique_ptr<Kept> kept_;
};

}  // namespace narada::mixer::jitter

#endif  // NARADA_MIXER_JITTER_SENDER_PAUSE_H_
