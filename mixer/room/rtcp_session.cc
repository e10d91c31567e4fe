#include "mixer/room/rtcp_session.h"

#include "mixer/rtp/rtcp_builder.h"

namespace narada::mixer::room {

RtcpSession::RtcpSession(Ssrc own, absl::string_view cname, ClockRate clock_rate, uint64_t seed,
                         MediaDuration unix_time_at_zero)
    : own_(own),
      cname_(cname.substr(0, kCnameMax)),
      clock_rate_(clock_rate),
      unix_time_at_zero_(unix_time_at_zero),
      random_(seed) {}

bool RtcpSession::IsDue(MediaTime now) noexcept {
  if (is_started_ && now < due_) return false;
  const MediaDuration mean = is_started_ ? kInterval : kInterval / 2;
  due_ =
      now + mean / 2 +
      Microseconds(static_cast<int64_t>(random_.Below(static_cast<uint64_t>(mean.microseconds()))));
  const bool is_due = is_started_;
  is_started_ = true;
  return is_due;
}

rtp::NtpTime RtcpSession::NtpAt(MediaTime now) const noexcept {
  return rtp::NtpTime::FromUnixNanoseconds(now.nanoseconds() + unix_time_at_zero_.nanoseconds());
}

std::span<const uint8_t> RtcpSession::MakeReport(
    const SentSoFar& sent, rtp::ReceptionStatistics& reception, std::optional<Ssrc> remote,
    MediaTime now, const std::optional<rtp::VoipMetrics>& metrics) noexcept {
  return Make(sent, reception, remote, now, metrics, false);
}

std::span<const uint8_t> RtcpSession::MakeGoodbye(
    const SentSoFar& sent, rtp::ReceptionStatistics& reception, std::optional<Ssrc> remote,
    MediaTime now, const std::optional<rtp::VoipMetrics>& metrics) noexcept {
  return Make(sent, reception, remote, now, metrics, true);
}

std::span<const uint8_t> RtcpSession::Make(const SentSoFar& sent,
                                           rtp::ReceptionStatistics& reception,
                                           std::optional<Ssrc> remote, MediaTime now,
                                           const std::optional<rtp::VoipMetrics>& metrics,
                                           bool is_goodbye) noexcept {
  rtp::RtcpBuilder builder(buffer_);
  rtp::ReportBlock block;
  std::span<const rtp::ReportBlock> blocks;
  if (remote.has_value() && reception.has_packets()) {
    block = reception.MakeReport(*remote, now);
    blocks = {&block, 1};
  }
  // RFC 3550 §6.4: a sender is who has sent since the last report but one.
  const bool is_sender = sent.packets != packets_at_reports_[1];
  if (is_sender) {
    builder.AddSenderReport({.sender = own_,
                             .ntp_time = NtpAt(now),
                             .timestamp = sent.timestamp,
                             .packet_count = sent.packets,
                             .octet_count = sent.octets},
                            blocks);
  } else {
    builder.AddReceiverReport(own_, blocks);
  }
  packets_at_reports_ = {sent.packets, packets_at_reports_[0]};
  builder.AddCname(own_, cname_);
  rtp::ExtendedReportBlocks extended{.voip_metrics = metrics};
  if (wanted_.reference_time && !is_sender) extended.reference_time = NtpAt(now);
  if (remote_reference_ != 0 && remote == remote_reference_of_) {
    extended.delay_since_reference = {
        .receiver = *remote,
        .last_reference = remote_reference_,
        .delay_since_last = rtp::ToCompactNtp(now - remote_reference_at_)};
  }
  builder.AddExtendedReport(own_, extended);
  if (is_goodbye) builder.AddBye(own_);
  return builder.Finish();
}

bool RtcpSession::OnCompound(const rtp::RtcpCompound& compound, std::optional<Ssrc> remote,
                             rtp::ReceptionStatistics& reception, MediaTime now) noexcept {
  bool says_goodbye = false;
  for (const rtp::RtcpPacket packet : compound) {
    switch (packet.type()) {
      case rtp::RtcpType::kSenderReport: {
        const rtp::SenderReport report(packet);
        if (remote == report.sender()) reception.OnSenderReport(report.ntp_time(), now);
        for (size_t i = 0; i < report.report_count(); ++i) OnBlock(report.report(i), now);
        break;
      }
      case rtp::RtcpType::kReceiverReport: {
        const rtp::ReceiverReport report(packet);
        for (size_t i = 0; i < report.report_count(); ++i) OnBlock(report.report(i), now);
        break;
      }
      case rtp::RtcpType::kBye:
        says_goodbye |= remote.has_value() && rtp::Bye(packet).Names(*remote);
        break;
      case rtp::RtcpType::kExtendedReport: {
        const rtp::ExtendedReport report(packet);
        if (remote == report.sender()) OnExtendedReport(report, now);
        break;
      }
      default:
        break;
    }
  }
  return says_goodbye;
}

void RtcpSession::OnBlock(const rtp::ReportBlock& block, MediaTime now) noexcept {
  if (block.source != own_) return;
  remote_report_.packets_lost = block.cumulative_lost;
  remote_report_.interarrival_jitter =
      clock_rate_.DurationOf(RtpTicks(int64_t{block.interarrival_jitter}));
  if (const auto round_trip = block.RoundTrip(NtpAt(now))) {
    remote_report_.round_trip_time = *round_trip;
  }
}

void RtcpSession::OnExtendedReport(const rtp::ExtendedReport& report, MediaTime now) noexcept {
  if (const auto time = report.reference_time()) {
    remote_reference_ = time->compact();
    remote_reference_of_ = report.sender();
    remote_reference_at_ = now;
  }
  if (const auto delay = report.FindDelaySinceReference(own_)) {
    if (const auto round_trip = delay->RoundTrip(NtpAt(now))) {
      remote_report_.round_trip_time = *round_trip;
    }
  }
  if (const auto metrics = report.FindVoipMetrics(own_)) remote_report_.voip_metrics = metrics;
}

}  // namespace narada::mixer::room
