#include "tests/voice/speech.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "control/prompts/synthesis/espeak.h"
#include "mixer/dsp/resampler.h"
#include "mixer/units/audio_level.h"

namespace narada {
namespace {

int16_t Saturated(double value) {
  return static_cast<int16_t>(std::lround(std::clamp(value, -32768.0, 32767.0)));
}

}  // namespace

double LevelOf(std::span<const int16_t> samples) { return mixer::AudioLevel::Of(samples).dbov(); }

std::vector<int16_t> Speak(const std::string& voice, const std::string& text,
                           mixer::SampleRate rate, double level_dbov) {
  control::prompts::Voice settings;
  settings.name = voice;
  const auto spoken = control::prompts::SpeakWithEspeak(settings, text);
  CHECK(spoken.ok()) << spoken.status().ToString();
  std::vector<int16_t> samples = mixer::dsp::Resample(
      spoken->samples, mixer::SampleRate::FromHertz(static_cast<int>(spoken->rate_hz)), rate);

  // What is 40 dB below the loudest 20 ms is a pause.
  const auto block = static_cast<size_t>(rate.hertz() / 50);
  double loudest = -127;
  for (size_t at = 0; at + block <= samples.size(); at += block) {
    loudest = std::max(loudest, LevelOf(std::span(samples).subspan(at, block)));
  }
  double energy = 0;
  size_t count = 0, first = samples.size(), last = 0;
  for (size_t at = 0; at + block <= samples.size(); at += block) {
    const double level = LevelOf(std::span(samples).subspan(at, block));
    if (level < loudest - 40) continue;
    energy += std::pow(10, level / 10);
    ++count;
    first = std::min(first, at);
    last = at + block;
  }
  CHECK(count > 0) << "it said something";
  const double factor =
      std::pow(10, (level_dbov - 10 * std::log10(energy / static_cast<double>(count))) / 20);
  samples = {samples.begin() + static_cast<int64_t>(first),
             samples.begin() + static_cast<int64_t>(last)};
  for (int16_t& sample : samples) sample = Saturated(sample * factor);
  return samples;
}

void AddNoise(std::span<int16_t> samples, NoiseKind kind, mixer::SampleRate rate, double level_dbov,
              Random& random) {
  // One pole: of a uniform distribution's third it leaves a / (2 - a).
  const double a = kind == NoiseKind::kWhite ? 1 : 1 - std::exp(-2 * M_PI * 500 / rate.hertz());
  const double peak = 32768 * std::pow(10, level_dbov / 20) * std::sqrt(3 * (2 - a) / a);
  double filtered = 0;
  for (int16_t& sample : samples) {
    filtered += a * ((2 * random.Fraction() - 1) * peak - filtered);
    sample = Saturated(sample + filtered);
  }
}

}  // namespace narada
