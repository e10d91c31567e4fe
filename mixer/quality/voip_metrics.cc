#include "mixer/quality/voip_metrics.h"

#include <algorithm>
#include <cmath>

namespace narada::mixer::quality {
namespace {

// 0 dBm0 is -6.15 dBov (ITU-T G.100.1).
constexpr double kDbm0OfOverload = 6.15;
// "Standard" concealment, an adaptive jitter buffer that adjusts within 2 x 5 frames.
constexpr uint8_t kReceiverConfig = 0xc0 | 0x30 | 0x05;

// Of 256.
uint8_t Share(int64_t part, int64_t all) {
  if (part <= 0 || all <= 0) return 0;
  return static_cast<uint8_t>(std::min<int64_t>((part << 8) / all, 255));
}
uint8_t Share(double share) {
  return static_cast<uint8_t>(std::clamp(std::lround(share * 256), 0L, 255L));
}

uint16_t Ms(MediaDuration duration) {
  return static_cast<uint16_t>(std::clamp<int64_t>(duration.milliseconds(), 0, 0xffff));
}

}  // namespace

rtp::VoipMetrics MakeVoipMetrics(const MeasuredLeg& leg) noexcept {
  rtp::VoipMetrics metrics;
  metrics.source = leg.source;
  metrics.loss_rate = Share(leg.packets_lost, leg.packets_expected);
  metrics.discard_rate = Share(leg.packets_discarded, leg.packets_expected);
  metrics.burst_density = Share(leg.bursts.burst_density);
  metrics.gap_density = Share(leg.bursts.gap_density);
  metrics.burst_duration_ms = Ms(leg.bursts.burst_length);
  metrics.gap_duration_ms = Ms(leg.bursts.gap_length);
  metrics.round_trip_delay_ms = Ms(leg.round_trip_time.value_or(MediaDuration()));
  metrics.end_system_delay_ms = Ms(leg.mixer_delay);
  metrics.signal_level_dbm0 =
      static_cast<int8_t>(std::clamp(std::lround(leg.level.dbov() + kDbm0OfOverload), -127L, 6L));
  metrics.gap_threshold = BurstMonitor::kGapMin;
  if (leg.estimate.is_known) {
    metrics.r_factor = static_cast<uint8_t>(std::lround(leg.estimate.r_factor));
    metrics.mos_lq_tenths = static_cast<uint8_t>(std::lround(leg.estimate.mos_listening * 10));
    metrics.mos_cq_tenths = static_cast<uint8_t>(std::lround(leg.estimate.mos * 10));
  }
  metrics.receiver_config = kReceiverConfig;
  metrics.jitter_buffer_ms = Ms(leg.jitter_buffer);
  metrics.jitter_buffer_max_ms = Ms(leg.jitter_buffer_max);
  metrics.jitter_buffer_absolute_max_ms = Ms(leg.jitter_buffer_ceiling);
  return metrics;
}

}  // namespace narada::mixer::quality
