#include "mixer/dsp/voice_activity.h"

#include <algorithm>

namespace narada::mixer::dsp {

void VoiceActivity::Update(uint64_t energy, size_t samples) noexcept {
  mean_square_ = samples == 0 ? 0 : static_cast<uint32_t>(energy / samples);
  loudness_ = std::max(mean_square_, loudness_ - loudness_ / 16);

  // The noise of the line: down to a quieter frame within a few frames, up by 3.4 dB a second at
  // most. A frame without any sound says nothing about it: the far end suppresses silence.
  if (mean_square_ > 0) {
    const auto frame_x256 =
        std::min<uint64_t>(uint64_t{mean_square_} * 256, uint64_t{kNoiseMax} * 256);
    if (frame_x256 < noise_x256_) {
      noise_x256_ -= static_cast<uint32_t>((noise_x256_ - frame_x256) / 4);
    } else {
      noise_x256_ =
          std::min<uint32_t>(noise_x256_ + noise_x256_ / 64 + 1, static_cast<uint32_t>(frame_x256));
    }
  }
  const uint32_t above_noise = noise_x256_ / 256 * 8;  // 9 dB.

  const bool talks =
      mean_square_ >= kAlwaysSpeech || (mean_square_ >= kSpeechMin && mean_square_ > above_noise);
  speech_hangover_ = talks ? kSpeechHangoverFrames + 1 : std::max(speech_hangover_ - 1, 0);
  audible_hangover_ =
      mean_square_ >= kAudible ? kAudibleHangoverFrames + 1 : std::max(audible_hangover_ - 1, 0);
}

void VoiceActivity::Silence() noexcept {
  mean_square_ = 0;
  loudness_ = 0;
  speech_hangover_ = 0;
  audible_hangover_ = 0;
}

}  // namespace narada::mixer::dsp
