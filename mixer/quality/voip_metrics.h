// What we measured of a leg, as the VoIP metrics block that its far end may ask for (RFC 3611
// §4.7).
//   builder.AddExtendedReport(own, {.voip_metrics = MakeVoipMetrics(measured)});
// A pure function; any thread.
#ifndef NARADA_MIXER_QUALITY_VOIP_METRICS_H_
#define NARADA_MIXER_QUALITY_VOIP_METRICS_H_

#include <cstdint>
#include <optional>

#include "mixer/quality/burst_monitor.h"
#include "mixer/quality/leg_quality.h"
#include "mixer/rtp/xr_blocks.h"
#include "mixer/units/audio_level.h"
#include "mixer/units/media_time.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::quality {

struct MeasuredLeg {
  Ssrc source;  // Of the far end.
  int64_t packets_expected = 0;
  int64_t packets_lost = 0;       // On the way.
  int64_t packets_discarded = 0;  // Came too late, or did not fit the jitter buffer.
  BurstSummary bursts;
  QualityEstimate estimate;
  std::optional<MediaDuration> round_trip_time;
  MediaDuration mixer_delay;  // From a packet's arrival to the mix with its sound, and back.
  AudioLevel level;
  MediaDuration jitter_buffer;
  MediaDuration jitter_buffer_max;      // Under the present conditions.
  MediaDuration jitter_buffer_ceiling;  // Under any.
};

rtp::VoipMetrics MakeVoipMetrics(const MeasuredLeg& leg) noexcept;

}  // namespace narada::mixer::quality

#endif  // NARADA_MIXER_QUALITY_VOIP_METRICS_H_
