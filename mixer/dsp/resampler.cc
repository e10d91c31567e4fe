#include "mixer/dsp/resampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "mixer/dsp/windowed_sinc.h"

namespace narada::mixer::dsp {
namespace {

constexpr int kZeroCrossings = 24;   // Of the sinc, on each side, at the lower rate.
constexpr double kKaiserBeta = 8.0;  // Stop band below -80 dB.
constexpr double kPassBand = 0.92;   // Of half the lower rate: the rest is the filter's slope.
constexpr int kCoefficientBits = 24;

// The taps of one phase, as integers whose sum is exactly one, so that no phase has a gain of its
// own.
std::vector<int32_t> Taps(double fraction, int reach, double cutoff, double half_width) {
  std::vector<double> exact(2 * reach + 1);
  for (int k = -reach; k <= reach; ++k) {
    exact[k + reach] = WindowedSinc(k - fraction, cutoff, half_width, kKaiserBeta);
  }
  const double total = std::accumulate(exact.begin(), exact.end(), 0.0);
  std::vector<int32_t> taps(exact.size());
  int64_t sum = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    taps[i] = static_cast<int32_t>(std::lround(exact[i] / total * (1 << kCoefficientBits)));
    sum += taps[i];
  }
  taps[reach] += static_cast<int32_t>((1 << kCoefficientBits) - sum);
  return taps;
}

}  // namespace

std::vector<int16_t> Resample(std::span<const int16_t> samples, SampleRate from, SampleRate to) {
  CHECK(from.hertz() > 0 && to.hertz() > 0) << "a rate is positive";
  if (from == to) return {samples.begin(), samples.end()};
  const int64_t divisor = std::gcd(from.hertz(), to.hertz());
  const int64_t up = to.hertz() / divisor;      // Output sample n stands at n * down / up
  const int64_t down = from.hertz() / divisor;  // in input samples.
  const double cutoff =
      kPassBand * std::min(1.0, static_cast<double>(up) / static_cast<double>(down));
  const double half_width = kZeroCrossings / cutoff;
  const int reach = static_cast<int>(half_width) + 1;

  std::vector<std::vector<int32_t>> phases(up);  // Made when first needed.
  const auto size = static_cast<int64_t>(samples.size());
  std::vector<int16_t> out((size * up + down - 1) / down);
  for (size_t n = 0; n < out.size(); ++n) {
    const int64_t position = static_cast<int64_t>(n) * down;
    const int64_t center = position / up;
    const int64_t phase = position % up;
    std::vector<int32_t>& taps = phases[phase];
    if (taps.empty()) {
      taps = Taps(static_cast<double>(phase) / static_cast<double>(up), reach, cutoff, half_width);
    }
    int64_t sum = int64_t{1} << (kCoefficientBits - 1);
    const int64_t first = std::max<int64_t>(center - reach, 0);
    const int64_t last = std::min<int64_t>(center + reach, size - 1);
    for (int64_t i = first; i <= last; ++i) sum += int64_t{taps[i - center + reach]} * samples[i];
    out[n] =
        static_cast<int16_t>(std::clamp<int64_t>(sum >> kCoefficientBits, INT16_MIN, INT16_MAX));
  }
  return out;
}

}  // namespace narada::mixer::dsp
