#include "mixer/units/audio_level.h"

#include <cmath>

namespace narada::mixer {

AudioLevel AudioLevel::FromSumOfSquares(uint64_t sum_of_squares, size_t samples) {
  if (sum_of_squares == 0 || samples == 0) return Silence();
  const double mean = static_cast<double>(sum_of_squares) / static_cast<double>(samples);
  return Dbov(10.0 * std::log10(mean / (32768.0 * 32768.0)));
}

AudioLevel AudioLevel::Of(std::span<const int16_t> samples) {
  uint64_t sum = 0;
  for (const int16_t sample : samples) sum += static_cast<uint64_t>(int32_t{sample} * sample);
  return FromSumOfSquares(sum, samples.size());
}

double AudioLevel::SineAmplitude() const {
  if (dbov_ <= -127.0) return 0.0;
  return 32768.0 * std::sqrt(2.0) * std::pow(10.0, dbov_ / 20.0);
}

}  // namespace narada::mixer
