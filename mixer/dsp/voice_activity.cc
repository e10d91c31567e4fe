#include "mixer/dsp/voice_activity.h"

#include <algorithm>

namespace narada::mixer::dsp {
namespace {

// 125 us: a frame of 20 ms has 160 such steps.
constexpr size_t kStepsPerFrame = 160;

// How far above the noise talk is: 5 dB. The shorter the stretch the more its noise scatters: 8 dB
// where less than a frame is known.
constexpr uint32_t kTimesNoise = 3;
constexpr uint32_t kTimesNoiseInPart = 6;

}  // namespace

void VoiceActivity::Update(const Kernels& kernels, std::span<const int16_t> frame,
                           std::span<const int16_t> ahead) noexcept {
  if (frame.empty()) return UpdateWithSilence();
  const size_t step = std::max<size_t>(frame.size() / kStepsPerFrame, 1);
  const auto levels_of = [step](std::span<const int16_t> samples, uint64_t energy) {
    const auto whole = static_cast<uint32_t>(energy / samples.size());
    return Levels{whole, whole > kDigitalSilence ? UpperMeanSquare(samples, step) : 0};
  };
  const auto energy_of = [&kernels](std::span<const int16_t> samples) {
    return kernels.Energy(samples.data(), samples.size());
  };
  energy_ = energy_of(frame);
  const Levels levels = levels_of(frame, energy_);
  mean_square_ = levels[kWhole];

  bool talk_follows = false;
  if (ahead.size() >= frame.size()) {
    const std::span<const int16_t> next = ahead.first(frame.size());
    talk_follows = IsAboveNoise(levels_of(next, energy_of(next)), kTimesNoise);
  } else if (ahead.size() >= frame.size() / 2) {
    talk_follows = IsAboveNoise(levels_of(ahead, energy_of(ahead)), kTimesNoiseInPart);
  }
  Decide(levels, talk_follows);
}

void VoiceActivity::UpdateWithSilence() noexcept {
  energy_ = 0;
  mean_square_ = 0;
  Decide({}, false);
}

uint32_t VoiceActivity::UpperMeanSquare(std::span<const int16_t> samples, size_t step) noexcept {
  if (samples.size() <= step) return 0;
  uint64_t sum = 0;
  for (size_t i = step; i < samples.size(); ++i) {
    const int32_t difference = (int32_t{samples[i]} - samples[i - step]) / 2;
    sum += static_cast<uint32_t>(difference * difference);
  }
  return static_cast<uint32_t>(sum / (samples.size() - step));
}

bool VoiceActivity::IsAboveNoise(const Levels& levels, uint32_t times) const noexcept {
  if (levels[kWhole] >= kAlwaysSpeech) return true;
  if (levels[kWhole] < kSpeechMin) return false;
  for (int band = 0; band < kBands; ++band) {
    if (levels[band] > uint64_t{noise_x256_[band]} * times / 256) return true;
  }
  return false;
}

// The mean of what is not talk; talk raises it by 3.4 dB a second at most, for it may be a noise
// that has become louder, and by more while nothing is known yet. A frame of digital silence says
// nothing about the line: the far end suppresses silence.
void VoiceActivity::FollowNoise(const Levels& levels) noexcept {
  if (levels[kWhole] <= kDigitalSilence) return;
  const bool is_learning = learnt_frames_ < kLearningFrames;
  learnt_frames_ += is_learning ? 1 : 0;
  for (int band = 0; band < kBands; ++band) {
    uint32_t& noise_x256 = noise_x256_[band];
    const auto frame_x256 =
        static_cast<uint32_t>(std::clamp<uint64_t>(levels[band], kNoiseMin, kNoiseMax) * 256);
    if (frame_x256 < noise_x256) {
      noise_x256 -= (noise_x256 - frame_x256) / 8;
    } else if (frame_x256 / kTimesNoise <= noise_x256) {
      noise_x256 += (frame_x256 - noise_x256) / 16;
    } else {
      noise_x256 += noise_x256 / (is_learning ? 16 : 64) + 1;
    }
  }
}

void VoiceActivity::Decide(const Levels& levels, bool talk_follows) noexcept {
  loudness_ = std::max(mean_square_, loudness_ - loudness_ / 16);
  FollowNoise(levels);
  is_talk_ = IsAboveNoise(levels, kTimesNoise);
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
