// What a receiver knows of one source: what came, what is lost, how evenly (RFC 3550 A.1, A.3,
// A.8).
//   ReceptionStatistics statistics(ClockRate::FromHertz(8000));
//   statistics.OnPacket(packet.sequence_number(), packet.timestamp(), now);
//   statistics.OnSenderReport(report.ntp_time(), now);
//   ReportBlock block = statistics.MakeReport(ssrc, now);        // for our next SR or RR
// One source: call Reset() when its SSRC changes. One thread; no allocation.
#ifndef NARADA_MIXER_RTP_RECEPTION_STATISTICS_H_
#define NARADA_MIXER_RTP_RECEPTION_STATISTICS_H_

#include <cstdint>

#include "mixer/rtp/ntp_time.h"
#include "mixer/rtp/rtcp_view.h"
#include "mixer/units/media_time.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/sequence_number.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::rtp {

// How a packet's sequence number fits what came before (RFC 3550 A.1).
enum class SequenceVerdict : uint8_t {
  kInOrder,    // The next, or ahead with a gap.
  kLate,       // Behind the highest: reordered or a duplicate.
  kJump,       // Far away. Not counted: a second packet that follows it proves a restart.
  kRestarted,  // That second packet: counting begins anew with it.
};

class ReceptionStatistics {
 public:
  explicit ReceptionStatistics(ClockRate clock_rate) noexcept : clock_rate_(clock_rate) {}

  // `arrival` is when the datagram was received, as exactly as is known. Packets of
  // telephone-event, whose timestamp stands still, go to OnPacketWithoutTiming.
  SequenceVerdict OnPacket(SequenceNumber number, RtpTimestamp timestamp,
                           MediaTime arrival) noexcept;
  SequenceVerdict OnPacketWithoutTiming(SequenceNumber number) noexcept;
  void OnSenderReport(NtpTime ntp_time, MediaTime arrival) noexcept;

  // Reports on the time since the last MakeReport. Zeros before the first packet.
  ReportBlock MakeReport(Ssrc source, MediaTime now) noexcept;

  // Starts over, for a new source.
  void Reset() noexcept { *this = ReceptionStatistics(clock_rate_); }

  // The sender has changed to a codec of another clock: its jitter so far is kept, in the new ticks.
  void SetClockRate(ClockRate clock_rate) noexcept;

  bool has_packets() const noexcept { return started_; }
  int64_t received() const noexcept { return received_before_ + received_; }
  // Expected minus received over all restarts; late packets are not lost, duplicates make up for a
  // loss.
  int64_t lost() const noexcept;
  uint32_t extended_highest() const noexcept { return cycles_ + highest_; }
  RtpTicks interarrival_jitter() const noexcept { return RtpTicks(jitter_x16_ >> 4); }
  MediaDuration jitter() const noexcept { return clock_rate_.DurationOf(interarrival_jitter()); }

 private:
  static constexpr int kDropoutMax = 3000;    // RFC 3550 A.1: a gap of a minute at 50 packets/s.
  static constexpr int kMisorderMax = 100;    // RFC 3550 A.1.
  static constexpr uint32_t kNone = 1 << 17;  // No sequence number is this.

  void Begin(SequenceNumber number) noexcept;
  int64_t Expected() const noexcept { return int64_t{extended_highest()} - base_ + 1; }

  ClockRate clock_rate_;

  // Sequence (RFC 3550 A.1).
  bool started_ = false;
  uint16_t highest_ = 0;
  uint32_t cycles_ = 0;  // Wraps, times 2^16.
  uint32_t base_ = 0;    // The first number since the last (re)start.
  uint32_t expected_restart_ = kNone;
  int64_t received_ = 0;  // Since the last (re)start.

  // Of the streams before a restart.
  int64_t received_before_ = 0;
  int64_t lost_before_ = 0;

  // Interval of a report (RFC 3550 A.3).
  int64_t expected_prior_ = 0;
  int64_t received_prior_ = 0;

  // Interarrival jitter (RFC 3550 A.8), times 16.
  bool has_transit_ = false;
  uint32_t transit_ = 0;
  int64_t jitter_x16_ = 0;

  // The last sender report.
  uint32_t last_sender_report_ = 0;
  MediaTime last_sender_report_at_;
};

}  // namespace narada::mixer::rtp

#endif  // NARADA_MIXER_RTP_RECEPTION_STATISTICS_H_
