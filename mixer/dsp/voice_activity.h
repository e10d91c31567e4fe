// Says of each frame whether somebody talks, and how loud, from nothing but its energy.
//   VoiceActivity activity;                         // one per leg
//   activity.Update(kernels.Energy(frame, n), n);   // once a tick; no audio counts as silence
//   if (activity.is_speech()) ...
// Speech begins with the very frame that rises 9 dB above the noise of the line, and ends half a
// second after the last such frame, so that neither a first nor a last syllable is cut. From -35
// dBov on everything is speech, whatever the noise: a steady tone of -20 dBov stays speech for
// ever. Integers only. One thread; no allocation.
#ifndef NARADA_MIXER_DSP_VOICE_ACTIVITY_H_
#define NARADA_MIXER_DSP_VOICE_ACTIVITY_H_

#include <cstddef>
#include <cstdint>

namespace narada::mixer::dsp {

class VoiceActivity {
 public:
  // Mean squares of 16-bit samples; 2^30 is 0 dBov.
  static constexpr uint32_t kDigitalSilence = 64;     // -72 dBov: A-law's 0xD5 decodes to 8.
  static constexpr uint32_t kAudible = 340;           // -65 dBov.
  static constexpr uint32_t kSpeechMin = 3'395;       // -55 dBov: below, nothing is speech.
  static constexpr uint32_t kAlwaysSpeech = 339'548;  // -35 dBov.
  static constexpr uint32_t kNoiseMax = 33'955;       // -45 dBov: louder noise is taken for speech.

  static constexpr int kSpeechHangoverFrames = 25;   // 500 ms of 20 ms.
  static constexpr int kAudibleHangoverFrames = 50;  // 1 s.

  // `energy` is the sum of squares of `samples` samples; none count as silence.
  void Update(uint64_t energy, size_t samples) noexcept;

  // Talking, or did so within the hangover.
  bool is_speech() const noexcept { return speech_hangover_ > 0; }
  // Anything above digital silence, or such within the hangover.
  bool is_audible() const noexcept { return audible_hangover_ > 0; }
  // This frame is no more than the +8 or -8 that A-law makes of zero.
  bool is_digital_silence() const noexcept { return mean_square_ <= kDigitalSilence; }

  // For ranking talkers: the mean square, following at once upward and within 300 ms downward.
  uint32_t loudness() const noexcept { return loudness_; }
  uint32_t mean_square() const noexcept { return mean_square_; }

  // Forgets the talk, not the noise: the leg was muted.
  void Silence() noexcept;

 private:
  static constexpr uint32_t kNoiseInitial = 1'074;  // -60 dBov.

  uint32_t mean_square_ = 0;
  uint32_t loudness_ = 0;
  uint32_t noise_x256_ = kNoiseInitial * 256;
  int speech_hangover_ = 0;
  int audible_hangover_ = 0;
};

}  // namespace narada::mixer::dsp

#endif  // NARADA_MIXER_DSP_VOICE_ACTIVITY_H_
