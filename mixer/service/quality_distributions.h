// How the legs of a mixer fare, as histograms: a leg counts once each time it is measured.
//   distributions.Observe(before, now);              // every 10 s per leg
//   for (const Histogram* histogram : ...) ...        // metrics.cc
// So one looks at a thousand legs with a few dozen figures, whatever their number. One thread at a
// time.
#ifndef NARADA_MIXER_SERVICE_QUALITY_DISTRIBUTIONS_H_
#define NARADA_MIXER_SERVICE_QUALITY_DISTRIBUTIONS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "mixer/room/leg_statistics.h"

namespace narada::mixer::service {

struct Histogram {
  static constexpr size_t kBounds = 8;

  std::array<double, kBounds> bounds = {};  // Upper ends, ascending; above the last: infinity.
  std::array<uint64_t, kBounds + 1> counts = {};  // Of each range alone.
  double sum = 0;

  void Observe(double value);
};

struct QualityDistributions {
  Histogram mos{.bounds = {1.5, 2, 2.5, 3, 3.5, 4, 4.2, 4.35}};
  Histogram loss_ratio{.bounds = {0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5}};
  Histogram jitter_seconds{.bounds = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2}};
  Histogram round_trip_seconds{.bounds = {0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6}};
  Histogram mixer_delay_seconds{.bounds = {0.01, 0.02, 0.04, 0.06, 0.08, 0.12, 0.2, 0.4}};

  // `before` is the same leg's measurement before `now`, or empty.
  void Observe(const room::LegStatistics& before, const room::LegStatistics& now);
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_QUALITY_DISTRIBUTIONS_H_
