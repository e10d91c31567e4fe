// Plays a stream at the pace of its sender's clock: a copy, to the sample, until that clock is seen
// to differ from ours; from then on resampled by some parts per million, without a seam.
//   follower.Follow(ppb);                                  // what skew there is at this moment
//   const size_t samples = follower.InputFor(frame.size());
//   follower.Play({fifo, samples}, frame);
// The resampler looks ahead by a few milliseconds: what it has taken and not yet played is
// `behind()`. One thread; allocates in the constructor only.
#ifndef NARADA_MIXER_JITTER_CLOCK_FOLLOWER_H_
#define NARADA_MIXER_JITTER_CLOCK_FOLLOWER_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "mixer/dsp/stream_resampler.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::jitter {

class ClockFollower {
 public:
  static constexpr size_t kFrameMax = 960;  // 20 ms at 48 kHz.

  explicit ClockFollower(SampleRate rate);

  // Of the next frames; nothing happens where the stream is copied.
  void Follow(int32_t ppb) noexcept { resampler_.set_skew_ppb(is_following() ? ppb : 0); }

  // Begins to resample in the middle of a sound: with the frame after the next one.
  void Begin() noexcept;
  // Begins, or ends, where there is silence before and after: at once.
  void BeginInSilence() noexcept;
  void EndInSilence() noexcept;

  bool is_following() const noexcept { return state_ == State::kFollowing; }
  // Copies, and was not told to begin.
  bool is_copying() const noexcept { return state_ == State::kCopying; }

  // So many samples the next frame takes.
  size_t InputFor(size_t frame) const noexcept;
  // `in` holds InputFor(frame.size()) samples; frames are of one length, up to kFrameMax.
  void Play(std::span<const int16_t> in, std::span<int16_t> frame) noexcept;

  // The same of zeros. True: zeros come out as well, and `frame` was not written.
  bool PlaySilence(std::span<const int16_t> zeros, std::span<int16_t> frame) noexcept;

  // Samples taken and not yet played.
  size_t behind() const noexcept { return is_following() ? lookahead_ : 0; }

 private:
  enum class State : uint8_t {
    kCopying,
    kPreparing,  // Copies the next frame and lets the resampler know it.
    kJoining,    // Takes what the resampler looks ahead, then follows.
    kFollowing,
  };

  dsp::SkewResampler resampler_;
  const size_t lookahead_;
  State state_ = State::kCopying;
  size_t zeros_ = 0;  // So many were taken last.
};

}  // namespace narada::mixer::jitter

#endif  // NARADA_MIXER_JITTER_CLOCK_FOLLOWER_H_
