#include "mixer/dsp/voice_activity.h"

#include <algorithm>

namespace narada::mixer::dsp {
namespace {

// 125 us: a frame of 20 ms has 160 such steps.
constexpr size_t kStepsPerFrame = 160;
// Of what is ahead so much is judged at a time: a syllable that begins fills it soon.
constexpr size_t kAheadParts = 2;  // 10 ms.

}  // namespace

void VoiceActivity::Update(const Kernels& kernels, std::span<const int16_t> frame,
                           std::span<const int16_t> ahead) noexcept {
  if (frame.empty()) return UpdateWithSilence();
  energy_ = kernels.Energy(frame.data(), frame.size());
  mean_square_ = static_cast<uint32_t>(energy_ / frame.size());
  // Below the least that is speech the upper band decides nothing.
  const Levels levels = {mean_square_, mean_square_ > kDigitalSilence ? UpperMeanSquare(frame) : 0};

  bool talk_follows = false;
  const size_t part = frame.size() / kAheadParts;
  for (; !talk_follows && ahead.size() >= part; ahead = ahead.subspan(part)) {
    const auto whole = static_cast<uint32_t>(kernels.Energy(ahead.data(), part) / part);
    talk_follows = IsAboveNoise({whole, UpperMeanSquare(ahead.first(part))});
  }
  Decide(levels, talk_follows);
}

void VoiceActivity::UpdateWithSilence() noexcept {
  energy_ = 0;
  mean_square_ = 0;
  Decide({}, false);
}

uint32_t VoiceActivity::UpperMeanSquare(std::span<const int16_t> samples) noexcept {
  const size_t step = std::max<size_t>(samples.size() / kStepsPerFrame, 1);
  if (samples.size() <= step) return 0;
  uint64_t sum = 0;
  for (size_t i = step; i < samples.size(); ++i) {
    const int32_t difference = (int32_t{samples[i]} - samples[i - step]) / 2;
    sum += static_cast<uint32_t>(difference * difference);
  }
  return static_cast<uint32_t>(sum / (samples.size() - step));
}

// 9 dB above the noise, in any band, and not below what could be speech at all.
bool VoiceActivity::IsAboveNoise(const Levels& levels) const noexcept {
  if (levels[kWhole] >= kAlwaysSpeech) return true;
  if (levels[kWhole] < kSpeechMin) return false;
  for (int band = 0; band < kBands; ++band) {
    if (levels[band] > noise_x256_[band] / 256 * 8) return true;
  }
  return false;
}

// The noise of the line: down to a quieter frame within a few frames, up by 3.4 dB a second at
// most. A frame without any sound says nothing about it: the far end suppresses silence.
void VoiceActivity::FollowNoise(const Levels& levels) noexcept {
  if (levels[kWhole] == 0) return;
  for (int band = 0; band < kBands; ++band) {
    uint32_t& noise_x256 = noise_x256_[band];
    const auto frame_x256 =
        std::min<uint64_t>(uint64_t{levels[band]} * 256, uint64_t{kNoiseMax} * 256);
    if (frame_x256 < noise_x256) {
      noise_x256 -= static_cast<uint32_t>((noise_x256 - frame_x256) / 4);
    } else {
      noise_x256 =
          std::min<uint32_t>(noise_x256 + noise_x256 / 64 + 1, static_cast<uint32_t>(frame_x256));
    }
  }
}

void VoiceActivity::Decide(const Levels& levels, bool talk_follows) noexcept {
  loudness_ = std::max(mean_square_, loudness_ - loudness_ / 16);
  FollowNoise(levels);
  is_talk_ = IsAboveNoise(levels);
  speech_hangover_ =
      is_talk_ || talk_follows ? kSpeechHangoverFrames + 1 : std::max(speech_hangover_ - 1, 0);
  audible_hangover_ =
      mean_square_ >= kAudible ? kAudibleHangoverFrames + 1 : std::max(audible_hangover_ - 1, 0);
}

void VoiceActivity::Silence() noexcept {
  energy_ = 0;
  mean_square_ = 0;
  loudness_ = 0;
  is_talk_ = false;
  speech_hangover_ = 0;
  audible_hangover_ = 0;
}

}  // namespace narada::mixer::dsp
