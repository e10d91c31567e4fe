#include "bench/load/listening.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>

#include "bench/load/signals.h"

namespace narada::bench {
namespace {

constexpr int kRate = 8000;
// A click is heard where 1 ms of 2 kHz is louder than any sum of tones makes it seem. It may come at half of its level.
constexpr double kClickHeard = 16000;
// So many samples of the window lie in the burst where it is crossed.
constexpr size_t kCrossing = 3;

// The magnitude of 2 kHz in the 8 samples from `at`.
double ClickAt(std::span<const int16_t> sound, size_t at) {
  const int16_t* x = &sound[at];
  const double in_phase = x[0] - x[2] + x[4] - x[6];
  const double quadrature = x[1] - x[3] + x[5] - x[7];
  return std::hypot(in_phase, quadrature);
}

}  // namespace

ToneBank::ToneBank(std::span<const int> tones) {
  for (const int hz : tones) {
    Wave& wave = waves_.emplace_back();
    for (size_t i = 0; i < kToneWindow; ++i) {
      const double angle = 2 * std::numbers::pi * hz * static_cast<double>(i) / kRate;
      wave.cosine.push_back(static_cast<float>(std::cos(angle)));
      wave.sine.push_back(static_cast<float>(std::sin(angle)));
    }
  }
}

std::vector<double> ToneBank::Amplitudes(std::span<const int16_t> window) const {
  std::vector<double> amplitudes;
  for (const Wave& wave : waves_) {
    double cosine = 0;
    double sine = 0;
    for (size_t i = 0; i < kToneWindow; ++i) {
      cosine += static_cast<double>(window[i]) * static_cast<double>(wave.cosine[i]);
      sine += static_cast<double>(window[i]) * static_cast<double>(wave.sine[i]);
    }
    amplitudes.push_back(std::hypot(cosine, sine) * 2 / static_cast<double>(kToneWindow));
  }
  return amplitudes;
}

double Offset(std::span<const int16_t> window) {
  double sum = 0;
  for (const int16_t sample : window) sum += sample;
  return window.empty() ? 0 : sum / static_cast<double>(window.size());
}

double Sinad(std::span<const int16_t> window, std::span<const double> amplitudes) {
  const double offset = Offset(window);
  double total = 0;
  for (const int16_t sample : window) total += (sample - offset) * (sample - offset);
  total /= static_cast<double>(window.size());
  double signal = 0;
  for (const double amplitude : amplitudes) signal += amplitude * amplitude / 2;
  if (signal < 1) return 0;
  return 10 * std::log10(signal / std::max(total - signal, 1e-6));
}

std::vector<HeardClick> FindClicks(std::span<const int16_t> sound) {
  std::vector<HeardClick> clicks;
  size_t at = 0;
  const auto next_burst = [&](size_t from, size_t to) {
    for (size_t i = from; i + 8 <= sound.size() && i < to; ++i) {
      if (ClickAt(sound, i) >= kClickHeard) return i;
    }
    return sound.size();
  };
  while (true) {
    const size_t first = next_burst(at, sound.size());
    if (first == sound.size()) return clicks;
    const size_t second = next_burst(first + 16, first + 120);
    if (second == sound.size()) {
      at = first + 16;
      continue;
    }
    const int id = (static_cast<int>(second - first) - 32 + 4) / 8;
    clicks.push_back({.sample = first + kClickLength - kCrossing, .id = std::abs(id) % kClickIds});
    at = first + 2 * 160;  // The rest of its packet, and what a codec makes of it.
  }
}

}  // namespace narada::bench
