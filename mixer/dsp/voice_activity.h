// Says of each frame whether somebody talks, and how loud.
//   VoiceActivity activity;                            // one per leg
//   activity.Update(kernels, frame, ahead);            // once a tick, 20 ms at 8, 16 or 48 kHz
//   if (activity.is_speech()) ...                      // this frame is to be heard
//   equalizer.Update(activity.mean_square(), activity.is_talk());
// Speech begins with the very frame that rises above the noise of the line, in all bands or in the
// upper one alone (an "s" is weak, but not there), and one frame earlier where what comes next is
// known: `ahead` is what the leg has decoded beyond this frame, or its delay line holds. It ends
// half a second after the last such frame. So neither a first nor a last syllable is cut. The noise
// of the line is learnt in two seconds and followed from then on. From -29 dBov on everything is
// speech, whatever the noise: a steady tone of -20 dBov stays speech for ever. Integers only. One
// thread; no allocation.
#ifndef NARADA_MIXER_DSP_VOICE_ACTIVITY_H_
#define NARADA_MIXER_DSP_VOICE_ACTIVITY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "mixer/dsp/kernels.h"

namespace narada::mixer::dsp {

class VoiceActivity {
 public:
  // Mean squares of 16-bit samples; 2^30 is 0 dBov.
  static constexpr uint32_t kDigitalSilence = 64;       // -72 dBov: A-law's 0xD5 decodes to 8.
  static constexpr uint32_t kAudible = 340;             // -65 dBov.
  static constexpr uint32_t kSpeechMin = 3'395;         // -55 dBov: below, nothing is speech.
  static constexpr uint32_t kAlwaysSpeech = 1'351'765;  // -29 dBov.
  static constexpr uint32_t kNoiseMax = 339'548;        // -35 dBov: more is not taken for noise.

  static constexpr int kSpeechHangoverFrames = 25;   // 500 ms of 20 ms.
  static constexpr int kAudibleHangoverFrames = 50;  // 1 s.

  // `frame` is 20 ms at a multiple of 8 kHz. `ahead`, of the same rate and any length, follows it:
  // it may open the gate for this frame, and counts for nothing else. Both as the leg said them,
  // before any gain.
  void Update(const Kernels& kernels, std::span<const int16_t> frame,
              std::span<const int16_t> ahead = {}) noexcept;
  // A tick in which nothing came.
  void UpdateWithSilence() noexcept;

  // Talking, or did so within the hangover, or is about to.
  bool is_speech() const noexcept { return speech_hangover_ > 0; }
  // This very frame is talk, without any hangover.
  bool is_talk() const noexcept { return is_talk_; }
  // Anything above digital silence, or such within the hangover.
  bool is_audible() const noexcept { return audible_hangover_ > 0; }
  // This frame is no more than the +8 or -8 that A-law makes of zero.
  bool is_digital_silence() const noexcept { return mean_square_ <= kDigitalSilence; }

  // For ranking talkers: the mean square, following at once upward and within 300 ms downward.
  uint32_t loudness() const noexcept { return loudness_; }
  uint32_t mean_square() const noexcept { return mean_square_; }
  // The sum of squares of the frame.
  uint64_t energy() const noexcept { return energy_; }

  // Forgets the talk, not the noise: the leg was muted.
  void Silence() noexcept;

 private:
  static constexpr uint32_t kNoiseInitial = 1'074;  // -60 dBov.
  static constexpr uint32_t kNoiseMin = 340;        // -65 dBov: a cleaner line is as good as this.
  static constexpr int kLearningFrames = 100;

  // All that is heard, and its upper half: the difference of samples 125 us apart, whatever the
  // rate.
  enum Band { kWhole, kUpper, kBands };
  using Levels = std::array<uint32_t, kBands>;  // Mean squares.

  static uint32_t UpperMeanSquare(std::span<const int16_t> samples, size_t step) noexcept;
  bool IsAboveNoise(const Levels& levels, uint32_t times) const noexcept;
  void FollowNoise(const Levels& levels) noexcept;
  void Decide(const Levels& levels, bool talk_follows) noexcept;

  uint64_t energy_ = 0;
  uint32_t mean_square_ = 0;
  uint32_t loudness_ = 0;
  Levels noise_x256_ = {kNoiseInitial * 256, kNoiseInitial * 256};
  int learnt_frames_ = 0;
  bool is_talk_ = false;
  int speech_hangover_ = 0;
  int audible_hangover_ = 0;
};

}  // namespace narada::mixer::dsp

#endif  // NARADA_MIXER_DSP_VOICE_ACTIVITY_H_
