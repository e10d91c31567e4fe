#include "mixer/service/quality_distributions.h"

#include <algorithm>

namespace narada::mixer::service {

void Histogram::Observe(double value) {
  const auto bound = std::lower_bound(bounds.begin(), bounds.end(), value);
  ++counts[static_cast<size_t>(bound - bounds.begin())];
  sum += value;
}

void QualityDistributions::Observe(const room::LegStatistics& before,
                                   const room::LegStatistics& now) {
  // A leg that is silent, or on hold, says nothing about its network.
  if (now.packets_received <= before.packets_received) return;
  const auto received = static_cast<double>(now.packets_received - before.packets_received);
  // Late packets make up for losses of the interval before.
  const auto lost =
      static_cast<double>(std::max<int64_t>(now.packets_lost - before.packets_lost, 0));
  loss_ratio.Observe(lost / (lost + received));
  jitter_seconds.Observe(now.interarrival_jitter.seconds());
  mixer_delay_seconds.Observe(now.mixer_delay.seconds());
  if (now.round_trip_time.has_value()) round_trip_seconds.Observe(now.round_trip_time->seconds());
  if (now.quality.is_known) mos.Observe(now.quality.mos);
}

}  // namespace narada::mixer::service
