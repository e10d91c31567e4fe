// Brings loud and quiet talkers near each other: one leg's gain, moved by its speech alone.
//   LevelEqualizer equalizer;                            // one per leg
//   activity.Update(kernels, frame);
//   const GainRamp ramp = equalizer.Update(activity.mean_square(), activity.is_talk());
//   ApplyGainRamp(kernels, ramp.Times(leg_gain), frame);  // the only multiplication of the frame
// Speech between -26 and -14 dBov (its mean over seconds, pauses left out) is left as it is, to the
// sample; quieter speech is raised to -26, louder lowered to -14, by at most 10 dB and slower than
// 3 dB a second. What does not swell and fade like syllables (a tone, a fan, music on one note)
// moves nothing, nor does a pause. Once set, the gain stays until the talker's level really
// changes: it never breathes with the words. Integers only, so every machine makes the same
// samples. One thread; no allocation.
#ifndef NARADA_MIXER_DSP_LEVEL_EQUALIZER_H_
#define NARADA_MIXER_DSP_LEVEL_EQUALIZER_H_

#include <array>
#include <cstdint>
#include <span>

#include "mixer/dsp/kernels.h"
#include "mixer/units/gain.h"

namespace narada::mixer::dsp {

// From the gain at the beginning of a frame to that at its end.
struct GainRamp {
  Gain from;
  Gain to;

  // With a constant gain as well, so that a sample is rounded once.
  GainRamp Times(Gain gain) const noexcept;
  bool is_unity() const noexcept { return from.is_unity() && to.is_unity(); }
};

// In place, in eight steps; a frame under unity is not touched.
void ApplyGainRamp(const Kernels& kernels, GainRamp ramp, std::span<int16_t> frame) noexcept;

class LevelEqualizer {
 public:
  static constexpr double kLevelMinDbov = -26;  // What is between is left alone.
  static constexpr double kLevelMaxDbov = -14;
  static constexpr double kGainMaxDb = 10;         // Up and down.
  static constexpr double kSlewDbPerSecond = 2.5;  // Below the 3 that are promised.

  // Once a tick of 20 ms, before the frame is changed: its mean square (2^30 is 0 dBov) and
  // VoiceActivity::is_talk(). Returns the ramp for this very frame.
  GainRamp Update(uint32_t mean_square, bool is_talk) noexcept;

  // Turned off, or on again: the gain goes back to unity, or to where the talker's level asks, as
  // slowly as it always moves.
  void SetEnabled(bool is_enabled) noexcept { is_enabled_ = is_enabled; }

  Gain gain() const noexcept { return GainOf(gain_); }  // At the end of the last frame.

  // Another talker: what was learnt does not hold.
  void Reset() noexcept { *this = LevelEqualizer(); }

 private:
  // Levels and gains in 1/256 of an octave of power: 0.01176 dB.
  static Gain GainOf(int steps) noexcept;
  static int StepsOf(uint64_t mean_square) noexcept;  // 0 for a mean square of 1.

  bool SwellsLikeSpeech(int level) noexcept;
  void Learn(uint32_t mean_square, int level) noexcept;
  void Aim() noexcept;

  bool is_enabled_ = true;
  int gain_ = 0;
  int target_ = 0;

  // The mean square of speech, x256: a plain mean at first, then one that forgets.
  uint64_t mean_x256_ = 0;
  int learnt_frames_ = 0;
  int faint_frames_ = 0;  // Of talk far below the mean, in a row.

  // The loudest and the faintest talk of the present half second and of those before it.
  static constexpr int kParts = 3;
  struct Part {
    int loudest = 0;
    int faintest = INT32_MAX;
  };
  std::array<Part, kParts> parts_;
  int part_ = 0;
  int part_frames_ = 0;
};

}  // namespace narada::mixer::dsp

#endif  // NARADA_MIXER_DSP_LEVEL_EQUALIZER_H_
