// Plays a PlaybackPlan frame by frame: where it is, and nothing else.
//   Playback playback(plan, rate);
//   while (playback.Read(frame)) ...          // false: it had ended before this frame
//   playback.SetRate(wider);                  // goes on where it is
// The plan outlives it; nothing of it changes but its converter. One thread; no allocation.
#ifndef NARADA_MIXER_MEDIA_PLAYBACK_H_
#define NARADA_MIXER_MEDIA_PLAYBACK_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "mixer/media/playback_plan.h"
#include "mixer/media/tone.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::media {

class Playback {
 public:
  Playback(PlaybackPlan& plan, SampleRate rate) noexcept;

  // Of the frames from now on.
  void SetRate(SampleRate rate) noexcept;

  // Overwrites `frame` with the next samples, with the plan's gain; silence behind the end. False,
  // and the frame is silence, if not one sample was left.
  bool Read(std::span<int16_t> frame) noexcept;

  // Nothing is left: the next Read() would return false.
  bool has_ended() const noexcept { return has_ended_; }

 private:
  // Samples of the present item are written to the front of `out`; returns how many, 0 at its end.
  size_t ReadItem(std::span<int16_t> out) noexcept;
  void NextItem() noexcept;
  size_t LengthOf(const PlaybackItem& item) const noexcept;

  PlaybackPlan* plan_;
  SampleRate rate_;
  size_t item_ = 0;
  size_t position_ = 0;  // Samples of the present item that were played, at the rate.
  uint32_t times_played_ = 0;
  bool has_ended_ = false;
  ToneGenerator tone_;
};

}  // namespace narada::mixer::media

#endif  // NARADA_MIXER_MEDIA_PLAYBACK_H_
