#include "mixer/dsp/windowed_sinc.h"

#include <cmath>
#include <numbers>

namespace narada::mixer::dsp {
namespace {

// Modified Bessel function of the first kind, order 0, by its power series.
double BesselI0(double x) {
  double sum = 1, term = 1;
  for (int k = 1; k < 64; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

}  // namespace

double WindowedSinc(double t, double cutoff, double half_width, double kaiser_beta) {
  if (std::abs(t) >= half_width) return 0;
  const double x = std::numbers::pi * t * cutoff;
  const double sinc = std::abs(x) < 1e-9 ? 1 : std::sin(x) / x;
  const double u = t / half_width;
  return sinc * BesselI0(kaiser_beta * std::sqrt(1 - u * u)) / BesselI0(kaiser_beta);
}

}  // namespace narada::mixer::dsp
