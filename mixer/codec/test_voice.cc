#include "mixer/codec/test_voice.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/random.h"

namespace narada::mixer::codec {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;

// A resonance of the mouth: two poles, unity gain at 0 Hz.
class Formant {
 public:
  Formant(double hertz, double width_hz, int rate_hz) {
    const double r = std::exp(-std::numbers::pi * width_hz / rate_hz);
    a1_ = 2 * r * std::cos(kTurn * hertz / rate_hz);
    a2_ = -r * r;
  }
  double Filter(double x) {
    const double y = (1 - a1_ - a2_) * x + a1_ * y1_ + a2_ * y2_;
    y2_ = y1_;
    y1_ = y;
    return y;
  }

 private:
  double a1_, a2_, y1_ = 0, y2_ = 0;
};

struct Vowel {
  double formants_hz[3];
};
constexpr Vowel kVowels[] = {{{730, 1090, 2440}},
                             {{270, 2290, 3010}},
                             {{300, 870, 2240}},
                             {{530, 1840, 2480}},
                             {{570, 840, 2410}}};

}  // namespace

std::vector<int16_t> TestVoice(int rate_hz, MediaDuration length, uint64_t seed) {
  SeededRandom random(seed);
  const auto total = static_cast<size_t>(length.milliseconds() * rate_hz / 1000);
  std::vector<double> voice;
  double phase = 0;
  while (voice.size() < total) {
    const Vowel& vowel = kVowels[random.Below(std::size(kVowels))];
    std::array<Formant, 3> formants = {Formant(vowel.formants_hz[0], 80, rate_hz),
                                       Formant(vowel.formants_hz[1], 100, rate_hz),
                                       Formant(vowel.formants_hz[2], 140, rate_hz)};
    const double pitch = 100 + static_cast<double>(random.Below(60));
    const auto samples = static_cast<int>(rate_hz * (0.16 + 0.1 * random.Fraction()));
    for (int i = 0; i < samples; ++i) {
      const double part = static_cast<double>(i) / samples;
      phase += pitch * (1 + 0.1 * std::sin(kTurn * part / 2)) / rate_hz;
      phase -= std::floor(phase);
      // Breath before the vowel, a glottal pulse through the formants in it.
      double sound = part < 0.2 ? 0.15 * (random.Fraction() - 0.5) : 1 - 2 * std::pow(phase, 3);
      for (Formant& formant : formants) sound = formant.Filter(sound);
      voice.push_back(sound * std::sin(std::numbers::pi * part));
    }
    if (random.OneIn(4)) voice.resize(voice.size() + static_cast<size_t>(rate_hz) / 8);
  }
  voice.resize(total);
  double energy = 0;
  for (const double sample : voice) energy += sample * sample;
  const double scale = 3277 / std::sqrt(energy / static_cast<double>(total));
  std::vector<int16_t> samples(total);
  for (size_t i = 0; i < total; ++i) {
    samples[i] = static_cast<int16_t>(std::clamp(std::lround(voice[i] * scale), -32768l, 32767l));
  }
  return samples;
}

std::vector<int16_t> Sine(double hertz, double amplitude, int rate_hz, MediaDuration length) {
  std::vector<int16_t> samples(static_cast<size_t>(length.milliseconds() * rate_hz / 1000));
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<int16_t>(
        std::lround(amplitude * std::sin(kTurn * hertz * static_cast<double>(i) / rate_hz)));
  }
  return samples;
}

Likeness Compare(std::span<const int16_t> said, std::span<const int16_t> heard, int rate_hz) {
  const auto delay_max = static_cast<size_t>(rate_hz * 30 / 1000);
  const size_t samples = std::min(said.size(), heard.size()) - delay_max;
  Likeness best{.snr_db = -1000};
  for (size_t delay = 0; delay <= delay_max; ++delay) {
    double signal = 0, noise = 0, power = 0;
    for (size_t i = 0; i < samples; ++i) {
      const double error = heard[i + delay] - said[i];
      signal += static_cast<double>(said[i]) * said[i];
      power += static_cast<double>(heard[i + delay]) * heard[i + delay];
      noise += error * error;
    }
    const double snr = 10 * std::log10(signal / std::max(noise, 1e-9));
    if (snr > best.snr_db) {
      best = {.snr_db = snr, .level_db = 10 * std::log10(power / signal), .delay = delay};
    }
  }
  return best;
}

double Power(std::span<const int16_t> samples) {
  double sum = 0;
  for (const int16_t sample : samples) sum += static_cast<double>(sample) * sample;
  return samples.empty() ? 0 : sum / static_cast<double>(samples.size());
}

}  // namespace narada::mixer::codec
