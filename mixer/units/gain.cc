#include "mixer/units/gain.h"

#include <cmath>

namespace narada::mixer {

Gain Gain::FromDecibels(double gain_db) {
  if (std::isnan(gain_db)) return Mute();
  const double factor = std::pow(10.0, std::min(gain_db, kDecibelsMax) / 20.0);
  return FromRaw(static_cast<int32_t>(std::lround(factor * (1 << kFractionBits))));
}

double Gain::decibels() const {
  return 20.0 * std::log10(static_cast<double>(raw_) / (1 << kFractionBits));
}

}  // namespace narada::mixer
