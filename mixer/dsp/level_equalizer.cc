#include "mixer/dsp/level_equalizer.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace narada::mixer::dsp {
namespace {

// Steps of 1/256 octave of power, 3.0103 dB / 256.
constexpr int kStepsPerOctave = 256;
constexpr double kDbPerStep = 3.010299957 / kStepsPerOctave;
constexpr int kFullScale = 30 * kStepsPerOctave;  // 0 dBov is 2^30.

constexpr int StepsOfDb(double db) { return static_cast<int>(db / kDbPerStep); }

constexpr int kLevelMin = kFullScale + StepsOfDb(LevelEqualizer::kLevelMinDbov);
constexpr int kLevelMax = kFullScale + StepsOfDb(LevelEqualizer::kLevelMaxDbov);
constexpr int kGainMax = StepsOfDb(LevelEqualizer::kGainMaxDb);
constexpr int kSlew = StepsOfDb(LevelEqualizer::kSlewDbPerSecond / 50);  // Each frame.
static_assert(kSlew > 0 && kSlew * kDbPerStep * 50 < 3);

// Talk that much fainter than the mean is the end of a word, and no part of the level.
constexpr int kFaint = StepsOfDb(16);
// So much of it, and nothing louder, is another talker.
constexpr int kFaintFramesMax = 50;
// Syllables differ by more than this, a tone and a fan by less.
constexpr int kSwell = StepsOfDb(5);
// A level that wanders by less is the same talker's.
constexpr int kWander = StepsOfDb(1);
// Of talk, before anything is done: a second.
constexpr int kLearntMin = 50;
// What the mean remembers: five seconds of talk.
constexpr int kMemory = 256;
constexpr int kPartFrames = 25;

constexpr size_t kRampSteps = 8;

Gain Product(Gain a, Gain b) noexcept {
  return Gain::FromRaw(static_cast<int32_t>((int64_t{a.raw()} * b.raw()) >> Gain::kFractionBits));
}

}  // namespace

GainRamp GainRamp::Times(Gain gain) const noexcept {
  return {.from = Product(from, gain), .to = Product(to, gain)};
}

void ApplyGainRamp(const Kernels& kernels, GainRamp ramp, std::span<int16_t> frame) noexcept {
  if (ramp.is_unity() || frame.empty()) return;
  if (ramp.from == ramp.to) {
    return kernels.ApplyGain(frame.data(), ramp.to.raw(), frame.data(), frame.size());
  }
  const int32_t difference = ramp.to.raw() - ramp.from.raw();
  for (size_t i = 0; i < kRampSteps; ++i) {
    const size_t begin = frame.size() * i / kRampSteps;
    const size_t end = frame.size() * (i + 1) / kRampSteps;
    const int32_t raw = ramp.from.raw() +
                        difference * static_cast<int32_t>(i + 1) / static_cast<int32_t>(kRampSteps);
    kernels.ApplyGain(&frame[begin], raw, &frame[begin], end - begin);
  }
}

GainRamp LevelEqualizer::Update(uint32_t mean_square, bool is_talk) noexcept {
  const Gain from = gain();
  if (is_talk) {
    const int level = StepsOf(mean_square);
    if (SwellsLikeSpeech(level)) Learn(mean_square, level);
    Aim();
    gain_ += std::clamp(target_ - gain_, -kSlew, kSlew);
  }
  return {.from = from, .to = gain()};
}

// 2^(steps / 512), as an amplitude: a square approximates the fraction to 0.02 dB.
Gain LevelEqualizer::GainOf(int steps) noexcept {
  constexpr int kPerOctave = 2 * kStepsPerOctave;
  const int octave = steps >= 0 ? steps / kPerOctave : -((kPerOctave - 1 - steps) / kPerOctave);
  const int64_t fraction = (int64_t{steps} - octave * kPerOctave) * 65'536 / kPerOctave;
  // 1 + f * (0.6565 + 0.3435 * f)
  const int64_t power = 65'536 + (fraction * (43'024 + (22'512 * fraction >> 16)) >> 16);
  const int64_t raw = octave >= 0 ? power << octave : power >> -octave;
  return Gain::FromRaw(static_cast<int32_t>((raw + 8) >> (16 - Gain::kFractionBits)));
}

// 256 * log2, the fraction by a square to 0.03 dB.
int LevelEqualizer::StepsOf(uint64_t mean_square) noexcept {
  if (mean_square == 0) return 0;
  const int octave = std::bit_width(mean_square) - 1;
  const uint64_t fraction =  // 16 bits.
      (octave >= 16 ? mean_square >> (octave - 16) : mean_square << (16 - octave)) - 65'536;
  const uint64_t bend = (fraction * (65'536 - fraction) >> 16) * 22'545 >> 16;  // 0.344 f (1 - f)
  return octave * kStepsPerOctave + static_cast<int>((fraction + bend) * kStepsPerOctave >> 16);
}

bool LevelEqualizer::SwellsLikeSpeech(int level) noexcept {
  if (++part_frames_ > kPartFrames) {
    part_frames_ = 1;
    part_ = (part_ + 1) % kParts;
    parts_[part_] = {};
  }
  parts_[part_].loudest = std::max(parts_[part_].loudest, level);
  parts_[part_].faintest = std::min(parts_[part_].faintest, level);
  Part all;
  for (const Part& part : parts_) {
    all.loudest = std::max(all.loudest, part.loudest);
    all.faintest = std::min(all.faintest, part.faintest);
  }
  return all.loudest - all.faintest > kSwell;
}

void LevelEqualizer::Learn(uint32_t mean_square, int level) noexcept {
  if (learnt_frames_ > 0 && level < StepsOf(mean_x256_ / 256) - kFaint) {
    if (++faint_frames_ < kFaintFramesMax) return;
    learnt_frames_ = 0;
    mean_x256_ = 0;
  }
  faint_frames_ = 0;
  learnt_frames_ = std::min(learnt_frames_ + 1, kMemory);
  const auto difference =
      static_cast<int64_t>(uint64_t{mean_square} * 256) - static_cast<int64_t>(mean_x256_);
  mean_x256_ =
      static_cast<uint64_t>(static_cast<int64_t>(mean_x256_) + difference / learnt_frames_);
}

void LevelEqualizer::Aim() noexcept {
  if (!is_enabled_) {
    target_ = 0;
    return;
  }
  if (learnt_frames_ < kLearntMin) return;
  const int level = StepsOf(mean_x256_ / 256);
  const int nearest = std::clamp(level, kLevelMin, kLevelMax);
  const int wanted = std::clamp(nearest - level, -kGainMax, kGainMax);
  if (std::abs(wanted - target_) > kWander) target_ = wanted;
}

}  // namespace narada::mixer::dsp
