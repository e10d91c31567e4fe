#include "mixer/rtp/xr_blocks.h"

#include "mixer/rtp/byte_order.h"

namespace narada::mixer::rtp {

VoipMetrics VoipMetrics::Read(const uint8_t* body) noexcept {
  VoipMetrics metrics;
  metrics.source = Ssrc(ReadU32(body));
  metrics.loss_rate = body[4];
  metrics.discard_rate = body[5];
  metrics.burst_density = body[6];
  metrics.gap_density = body[7];
  metrics.burst_duration_ms = ReadU16(body + 8);
  metrics.gap_duration_ms = ReadU16(body + 10);
  metrics.round_trip_delay_ms = ReadU16(body + 12);
  metrics.end_system_delay_ms = ReadU16(body + 14);
  metrics.signal_level_dbm0 = static_cast<int8_t>(body[16]);
  metrics.noise_level_dbm0 = static_cast<int8_t>(body[17]);
  metrics.echo_return_loss_db = body[18];
  metrics.gap_threshold = body[19];
  metrics.r_factor = body[20];
  metrics.external_r_factor = body[21];
  metrics.mos_lq_tenths = body[22];
  metrics.mos_cq_tenths = body[23];
  metrics.receiver_config = body[24];
  metrics.jitter_buffer_ms = ReadU16(body + 26);
  metrics.jitter_buffer_max_ms = ReadU16(body + 28);
  metrics.jitter_buffer_absolute_max_ms = ReadU16(body + 30);
  return metrics;
}

void VoipMetrics::Write(uint8_t* body) const noexcept {
  WriteU32(body, source.value());
  body[4] = loss_rate;
  body[5] = discard_rate;
  body[6] = burst_density;
  body[7] = gap_density;
  WriteU16(body + 8, burst_duration_ms);
  WriteU16(body + 10, gap_duration_ms);
  WriteU16(body + 12, round_trip_delay_ms);
  WriteU16(body + 14, end_system_delay_ms);
  body[16] = static_cast<uint8_t>(signal_level_dbm0);
  body[17] = static_cast<uint8_t>(noise_level_dbm0);
  body[18] = echo_return_loss_db;
  body[19] = gap_threshold;
  body[20] = r_factor;
  body[21] = external_r_factor;
  body[22] = mos_lq_tenths;
  body[23] = mos_cq_tenths;
  body[24] = receiver_config;
  body[25] = 0;  // Reserved.
  WriteU16(body + 26, jitter_buffer_ms);
  WriteU16(body + 28, jitter_buffer_max_ms);
  WriteU16(body + 30, jitter_buffer_absolute_max_ms);
}

DelaySinceReference DelaySinceReference::Read(const uint8_t* body) noexcept {
  return {.receiver = Ssrc(ReadU32(body)),
          .last_reference = ReadU32(body + 4),
          .delay_since_last = ReadU32(body + 8)};
}

void DelaySinceReference::Write(uint8_t* body) const noexcept {
  WriteU32(body, receiver.value());
  WriteU32(body + 4, last_reference);
  WriteU32(body + 8, delay_since_last);
}

std::optional<MediaDuration> DelaySinceReference::RoundTrip(NtpTime arrival) const noexcept {
  return RoundTripOf(last_reference, delay_since_last, arrival);
}

std::optional<MediaDuration> RoundTripOf(uint32_t last_sent, uint32_t delay_since,
                                         NtpTime arrival) noexcept {
  if (last_sent == 0) return std::nullopt;
  // Modulo 2^32; a peer whose clock or report lies gives a negative or absurd trip.
  const int32_t units = static_cast<int32_t>(arrival.compact() - last_sent - delay_since);
  if (units < 0 || units > (60 << 16)) return std::nullopt;
  return FromCompactNtp(units);
}

}  // namespace narada::mixer::rtp
