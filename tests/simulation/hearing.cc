#include "tests/simulation/hearing.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdlib>
#include <numbers>

#include "mixer/units/audio_level.h"
#include "mixer/units/sample_count.h"

namespace narada::simulation {
namespace {

using mixer::MediaDuration;

}  // namespace

size_t Hearing::SamplesIn(MediaDuration duration) const { return rate_.SamplesIn(duration).size(); }

Hearing Hearing::Since(MediaDuration begin) const {
  const size_t skipped = std::min(SamplesIn(begin), samples_.size());
  return Hearing({samples_.begin() + skipped, samples_.end()}, rate_);
}

Hearing Hearing::Until(MediaDuration end) const {
  const size_t kept = std::min(SamplesIn(end), samples_.size());
  return Hearing({samples_.begin(), samples_.begin() + kept}, rate_);
}

MediaDuration Hearing::length() const {
  return rate_.DurationOf(mixer::SampleCount(static_cast<int64_t>(samples_.size())));
}

double Hearing::LevelAt(Hertz frequency) const {
  // A Hann window keeps the neighbours out.
  std::complex<double> sum = 0;
  double weights = 0;
  const double step = 2 * std::numbers::pi * frequency.value / rate_.hertz();
  for (size_t i = 0; i < samples_.size(); ++i) {
    const double weight = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) /
                                               static_cast<double>(samples_.size()));
    sum += weight * samples_[i] * std::polar(1.0, -step * static_cast<double>(i));
    weights += weight;
  }
  if (weights == 0) return -127;
  const double amplitude = 2 * std::abs(sum) / weights;
  return amplitude < 0.01 ? -127 : 20 * std::log10(amplitude / 32768 / std::numbers::sqrt2);
}

double Hearing::Level() const { return mixer::AudioLevel::Of(samples_).dbov(); }

MediaDuration Hearing::longest_gap() const {
  // Energy over 2.5 ms, every millisecond.
  const size_t window = SamplesIn(mixer::Microseconds(2500));
  const size_t hop = SamplesIn(mixer::Milliseconds(1));
  std::vector<int64_t> energies;
  for (size_t at = 0; at + window <= samples_.size(); at += hop) {
    int64_t energy = 0;
    for (size_t i = at; i < at + window; ++i) energy += int32_t{samples_[i]} * samples_[i];
    energies.push_back(energy);
  }
  if (energies.empty()) return length();
  std::vector<int64_t> sorted = energies;
  std::nth_element(sorted.begin(), sorted.begin() + sorted.size() / 2, sorted.end());
  const int64_t typical = sorted[sorted.size() / 2];
  if (typical == 0) return length();
  int64_t gap = 0, longest = 0;
  for (int64_t energy : energies) {
    gap = energy * 100 < typical ? gap + 1 : 0;
    longest = std::max(longest, gap);
  }
  return mixer::Milliseconds(longest);
}

int Hearing::largest_step() const {
  int largest = 0;
  for (size_t i = 1; i < samples_.size(); ++i) {
    largest = std::max(largest, std::abs(samples_[i] - samples_[i - 1]));
  }
  return largest;
}

int Hearing::largest_sample() const {
  int largest = 0;
  for (int16_t sample : samples_) largest = std::max(largest, std::abs(sample));
  return largest;
}

}  // namespace narada::simulation
