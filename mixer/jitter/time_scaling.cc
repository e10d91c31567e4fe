#include "mixer/jitter/time_scaling.h"

#include <algorithm>
#include <array>

namespace narada::mixer::jitter {
namespace {

// The longest period, 10 ms; those shorter than 2.5 ms repeat within one.
constexpr int kPeriodsPerSecondMin = 100;
// Squared normalised correlation: 0.9 is what a voice or a tone has, noise has not.
constexpr double kAlike = 0.81;
// Mean square below which nobody hears what is done: -50 dBov.
constexpr int64_t kInaudible = 10'737;

// How many samples later the sound at the beginning of `samples` comes again; 0 if it does not. The
// first `lag_max` samples and as many behind them are looked at.
size_t FindLag(std::span<const int16_t> samples, size_t lag_min, size_t lag_max,
               bool must) noexcept {
  size_t best = 0;
  double best_score = must ? 0 : kAlike;
  int64_t energy = 0;
  for (size_t i = 0; i < lag_max; ++i) energy += int32_t{samples[i]} * samples[i];
  if (energy < kInaudible * static_cast<int64_t>(lag_max)) return lag_max;
  for (size_t lag = lag_min; lag <= lag_max; ++lag) {
    int64_t product = 0, energy_later = 0;
    for (size_t i = 0; i < lag_max; ++i) {
      product += int32_t{samples[i]} * samples[i + lag];
      energy_later += int32_t{samples[i + lag]} * samples[i + lag];
    }
    if (product <= 0 || energy_later == 0) continue;
    const double score = static_cast<double>(product) / static_cast<double>(energy) *
                         static_cast<double>(product) / static_cast<double>(energy_later);
    if (score > best_score) {
      best_score = score;
      best = lag;
    }
  }
  return best == 0 && must ? lag_max : best;
}

int16_t Blend(int16_t from, int16_t to, size_t weight, size_t scale) noexcept {
  return static_cast<int16_t>((int64_t{from} * static_cast<int64_t>(scale - weight) +
                               int64_t{to} * static_cast<int64_t>(weight)) /
                              static_cast<int64_t>(scale));
}

}  // namespace

size_t RemovePeriod(std::span<int16_t> samples, size_t at_most, SampleRate rate,
                    bool must) noexcept {
  const size_t lag_min = ShortestPeriod(rate);
  const size_t lag_max =
      std::min<size_t>({size_t(rate.hertz() / kPeriodsPerSecondMin), at_most, samples.size() / 2});
  if (lag_max < lag_min) return 0;
  const size_t lag = FindLag(samples, lag_min, lag_max, must);
  if (lag == 0) return 0;
  // The first period turns into the second one.
  for (size_t i = 0; i < lag; ++i) {
    samples[i] = Blend(samples[i], samples[i + lag], i + 1, lag + 1);
  }
  std::copy(samples.begin() + 2 * lag, samples.end(), samples.begin() + lag);
  return lag;
}

size_t InsertPeriod(std::span<int16_t> buffer, size_t size, size_t at_most, SampleRate rate,
                    bool must) noexcept {
  const size_t lag_min = ShortestPeriod(rate);
  const size_t lag_max = std::min<size_t>(
      {size_t(rate.hertz() / kPeriodsPerSecondMin), at_most, size / 2, buffer.size() - size});
  if (lag_max < lag_min) return 0;
  const size_t lag = FindLag(buffer.first(size), lag_min, lag_max, must);
  if (lag == 0) return 0;
  // Behind the first period: the second one, which turns into the first; then the second one
  // itself.
  std::copy_backward(buffer.begin() + lag, buffer.begin() + size, buffer.begin() + size + lag);
  for (size_t i = 0; i < lag; ++i) {
    buffer[lag + i] = Blend(buffer[2 * lag + i], buffer[i], i + 1, lag + 1);
  }
  return lag;
}

}  // namespace narada::mixer::jitter
