// Totals of one leg since it was made, copied out by value. The engine takes a copy on the worker.
#ifndef NARADA_MIXER_ROOM_LEG_STATISTICS_H_
#define NARADA_MIXER_ROOM_LEG_STATISTICS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>

#include "absl/strings/string_view.h"
#include "mixer/dtmf/digit_path.h"
#include "mixer/quality/leg_quality.h"
#include "mixer/rtp/drop_reason.h"
#include "mixer/rtp/xr_blocks.h"
#include "mixer/units/audio_level.h"
#include "mixer/units/media_time.h"
#include "mixer/units/socket_address.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::room {

// Why a datagram, or an accepted packet, was not used; names as in the API ("rtp_version",
// "too_late", ...).
using LegDrop = rtp::DropReason;
inline constexpr size_t kLegDropCount = rtp::kDropReasonCount;
inline absl::string_view LegDropName(LegDrop reason) { return rtp::DropReasonName(reason); }

struct LegStatistics {
  uint64_t packets_received = 0;  // Accepted RTP.
  uint64_t payload_bytes_received = 0;
  uint64_t packets_sent = 0;
  uint64_t payload_bytes_sent = 0;
  int64_t packets_lost = 0;  // RFC 3550 A.3: expected less received; negative with duplicates.
  MediaDuration interarrival_jitter;  // RFC 3550 A.8.

  // From the far end's reports about what we send.
  std::optional<int64_t> remote_packets_lost;
  std::optional<MediaDuration> remote_interarrival_jitter;
  std::optional<MediaDuration> round_trip_time;
  std::optional<rtp::VoipMetrics> remote_voip_metrics;  // RFC 3611.
  uint64_t reports_received = 0;                        // RTCP compounds that were taken.

  std::array<uint64_t, kLegDropCount> drops = {};  // By LegDrop.

  uint64_t ticks = 0;
  uint64_t concealed_network = 0;  // Frames concealed because their packet was lost or late ...
  uint64_t concealed_ceiling = 0;  // ... or was shed at the hard limit of the jitter buffer.
  uint64_t concealed_codec = 0;    // ... or could not be read by its codec;
  uint64_t packets_skipped =
      0;  // Not decoded: their sender says that nothing is to be heard in them.
  uint64_t concealed_cpu = 0;     // and ticks that the worker missed.
  int32_t clock_skew_ppb = 0;     // How much faster the far end's clock runs than ours.
  uint64_t samples_removed = 0;   // Time-scaling, to lessen the delay ...
  uint64_t samples_inserted = 0;  // ... and to enlarge it.
  MediaDuration jitter_buffer_delay;
  MediaDuration jitter_buffer_delay_max;
  // From the arrival of a packet to the departure of the mix that holds its sound: the jitter
  // buffer, and the look-back for digits in the audio.
  MediaDuration mixer_delay;
  quality::QualityEstimate quality;  // Of what we receive, over the last ten seconds.

  std::array<uint32_t, dtmf::kDigitPathCount> digits_received = {};  // By DigitPath.
  uint64_t encodes = 0;          // Frames encoded for this leg alone.
  SocketAddress latched_source;  // Unset: none yet.
  Ssrc ssrc_sent;
  Ssrc ssrc_received;
  AudioLevel level;  // Of what the leg says, over about the last second, after its gain.
  bool is_speaking = false;

  uint32_t all_digits_received() const {
    return std::accumulate(digits_received.begin(), digits_received.end(), uint32_t{0});
  }
  uint64_t concealed() const {
    return concealed_network + concealed_ceiling + concealed_codec + concealed_cpu;
  }
  uint64_t dropped(LegDrop reason) const { return drops[static_cast<size_t>(reason)]; }
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_LEG_STATISTICS_H_
