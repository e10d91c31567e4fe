// RTCP of one leg: when to report, what to say, what the far end says (RFC 3550 §6).
//   if (session.IsDue(now)) datagram = session.MakeReport(sent, reception, now);
//   session.OnCompound(*compound, remote_ssrc, reception, now);
//   datagram = session.MakeGoodbye(sent, reception, now);
// Reports are 5 s apart on average, each interval drawn from half to one and a half of that, the
// first from half of it, so that a thousand legs that came together do not report together (RFC
// 3550 §6.2 and §6.3.1, for two members). Extended reports (RFC 3611) are sent where the far end
// asks for them, and understood in any case. One thread; no allocation but in the constructor.
#ifndef NARADA_MIXER_ROOM_RTCP_SESSION_H_
#define NARADA_MIXER_ROOM_RTCP_SESSION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "absl/strings/string_view.h"
#include "base/random.h"
#include "mixer/rtp/reception_statistics.h"
#include "mixer/rtp/rtcp_view.h"
#include "mixer/rtp/xr_blocks.h"
#include "mixer/units/extended_reports.h"
#include "mixer/units/media_time.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::room {

// What we have sent so far.
struct SentSoFar {
  RtpTimestamp timestamp;  // Of the frame that is sampled now.
  uint32_t packets = 0;
  uint32_t octets = 0;  // Payload.
};

// What the far end says about what we send.
struct RemoteReport {
  std::optional<int64_t> packets_lost;
  std::optional<MediaDuration> interarrival_jitter;
  std::optional<MediaDuration> round_trip_time;
  std::optional<rtp::VoipMetrics> voip_metrics;  // Its own quality monitor's words.
};

class RtcpSession {
 public:
  static constexpr MediaDuration kInterval = Seconds(5);
  static constexpr size_t kCnameMax = 64;
  static constexpr size_t kReportSizeMax = 256;  // Of a compound packet of ours.

  // `unix_time_at_zero` is the wall clock where MediaTime is zero: reports carry NTP time.
  RtcpSession(Ssrc own, absl::string_view cname, ClockRate clock_rate, uint64_t seed,
              MediaDuration unix_time_at_zero);

  void SetExtendedReports(ExtendedReportsWanted wanted) noexcept { wanted_ = wanted; }
  // Whether the next report is to tell how the far end sounds to us.
  bool wants_voip_metrics() const noexcept { return wanted_.voip_metrics; }
  // Of what is sent from now on.
  void SetClockRate(ClockRate clock_rate) noexcept { clock_rate_ = clock_rate; }

  // Draws the next interval when it is due. The first call begins the first one.
  bool IsDue(MediaTime now) noexcept;

  // SR if anything was sent since the last report but one, else RR; the CNAME; and what extended
  // reports were asked for, with `metrics` if that is set. Valid until the next call.
  std::span<const uint8_t> MakeReport(
      const SentSoFar& sent, rtp::ReceptionStatistics& reception, std::optional<Ssrc> remote,
      MediaTime now, const std::optional<rtp::VoipMetrics>& metrics = std::nullopt) noexcept;
  // The same with BYE.
  std::span<const uint8_t> MakeGoodbye(
      const SentSoFar& sent, rtp::ReceptionStatistics& reception, std::optional<Ssrc> remote,
      MediaTime now, const std::optional<rtp::VoipMetrics>& metrics = std::nullopt) noexcept;

  // Takes in what a trusted source sent; what is about other sources than us and `remote` is
  // ignored. True if the far end says goodbye.
  bool OnCompound(const rtp::RtcpCompound& compound, std::optional<Ssrc> remote,
                  rtp::ReceptionStatistics& reception, MediaTime now) noexcept;

  const RemoteReport& remote_report() const noexcept { return remote_report_; }

 private:
  rtp::NtpTime NtpAt(MediaTime now) const noexcept;
  std::span<const uint8_t> Make(const SentSoFar& sent, rtp::ReceptionStatistics& reception,
                                std::optional<Ssrc> remote, MediaTime now,
                                const std::optional<rtp::VoipMetrics>& metrics,
                                bool is_goodbye) noexcept;
  void OnBlock(const rtp::ReportBlock& block, MediaTime now) noexcept;
  void OnExtendedReport(const rtp::ExtendedReport& report, MediaTime now) noexcept;

  // What each tick looks at.
  MediaTime due_;
  bool is_started_ = false;

  const Ssrc own_;
  const std::string cname_;
  ClockRate clock_rate_;
  const MediaDuration unix_time_at_zero_;
  SeededRandom random_;
  std::array<uint32_t, 2> packets_at_reports_ = {};  // At the last report and the one before.
  RemoteReport remote_report_;
  ExtendedReportsWanted wanted_;
  // The far end's own time when it last told it, for the answer to it; 0: never.
  uint32_t remote_reference_ = 0;
  Ssrc remote_reference_of_;
  MediaTime remote_reference_at_;
  std::array<uint8_t, kReportSizeMax> buffer_;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_RTCP_SESSION_H_
