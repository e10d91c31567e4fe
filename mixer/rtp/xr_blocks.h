// The blocks of extended reports that we send and read (RFC 3611): what a phone's own quality
// monitor measured, and the times by which one who sends no media still learns the round trip.
//   0                   1                   2                   3
//   |     BT        | type-specific |         block length          |  then the body below
// `body` is what follows that word. Views of whole reports: rtcp_view.h. Any thread; no allocation.
#ifndef NARADA_MIXER_RTP_XR_BLOCKS_H_
#define NARADA_MIXER_RTP_XR_BLOCKS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "mixer/rtp/ntp_time.h"
#include "mixer/units/media_time.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::rtp {

// RFC 3611 §4.7: what a phone's own quality monitor measured.
struct VoipMetrics {
  static constexpr uint8_t kBlockType = 7;
  static constexpr size_t kBodySize = 32;
  static constexpr uint8_t kUnavailable = 127;

  Ssrc source;
  uint8_t loss_rate = 0;     // Of 256.
  uint8_t discard_rate = 0;  // Of 256: arrived too late.
  uint8_t burst_density = 0;
  uint8_t gap_density = 0;
  uint16_t burst_duration_ms = 0;
  uint16_t gap_duration_ms = 0;
  uint16_t round_trip_delay_ms = 0;
  uint16_t end_system_delay_ms = 0;
  int8_t signal_level_dbm0 = kUnavailable;
  int8_t noise_level_dbm0 = kUnavailable;
  uint8_t echo_return_loss_db = kUnavailable;
  uint8_t gap_threshold = 16;
  uint8_t r_factor = kUnavailable;           // 0-100.
  uint8_t external_r_factor = kUnavailable;  // 0-100.
  uint8_t mos_lq_tenths = kUnavailable;      // 10-50.
  uint8_t mos_cq_tenths = kUnavailable;      // 10-50.
  uint8_t receiver_config = 0;
  uint16_t jitter_buffer_ms = 0;
  uint16_t jitter_buffer_max_ms = 0;
  uint16_t jitter_buffer_absolute_max_ms = 0;

  // `body` holds kBodySize bytes after the block header.
  static VoipMetrics Read(const uint8_t* body) noexcept;
  void Write(uint8_t* body) const noexcept;
  friend bool operator==(const VoipMetrics&, const VoipMetrics&) = default;
};

// RFC 3611 §4.4: the time at which a report is sent.
struct ReferenceTime {
  static constexpr uint8_t kBlockType = 4;
  static constexpr size_t kBodySize = 8;
};

// RFC 3611 §4.5: the answer to it, as LSR and DLSR are to a sender report. One for each receiver.
struct DelaySinceReference {
  static constexpr uint8_t kBlockType = 5;
  static constexpr size_t kBodySize = 12;

  Ssrc receiver;                  // Whose reference time that was.
  uint32_t last_reference = 0;    // Compact NTP; 0: none yet.
  uint32_t delay_since_last = 0;  // 1/65536 s.

  // `body` holds kBodySize bytes.
  static DelaySinceReference Read(const uint8_t* body) noexcept;
  void Write(uint8_t* body) const noexcept;

  // As ReportBlock::RoundTrip.
  std::optional<MediaDuration> RoundTrip(NtpTime arrival) const noexcept;

  friend bool operator==(const DelaySinceReference&, const DelaySinceReference&) = default;
};

// RFC 3550 §6.4.1, figure 2: the round trip to one who repeats at `arrival` the time that we sent
// and says how long it waited; empty if it has seen none, or says something impossible.
std::optional<MediaDuration> RoundTripOf(uint32_t last_sent, uint32_t delay_since,
                                         NtpTime arrival) noexcept;

}  // namespace narada::mixer::rtp

#endif  // NARADA_MIXER_RTP_XR_BLOCKS_H_
