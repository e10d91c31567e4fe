// Writes one compound RTCP datagram (RFC 3550 §6.1: a report first, then the CNAME, BYE last).
//   RtcpBuilder builder(buffer);
//   builder.AddSenderReport({.sender = own, .ntp_time = now, ...}, {&block, 1});
//   builder.AddCname(own, "leg-7@mixer");
//   std::span<const uint8_t> datagram = builder.Finish();     // empty: the buffer was too small
// Any thread; no allocation. What is added in a wrong order or to a full buffer makes Finish()
// empty.
#ifndef NARADA_MIXER_RTP_RTCP_BUILDER_H_
#define NARADA_MIXER_RTP_RTCP_BUILDER_H_

#include <cstdint>
#include <optional>
#include <span>

#include "absl/strings/string_view.h"
#include "mixer/rtp/ntp_time.h"
#include "mixer/rtp/rtcp_view.h"
#include "mixer/rtp/xr_blocks.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::rtp {

// What a sender says about its own stream (RFC 3550 §6.4.1). `ntp_time` and `timestamp` are one
// instant.
struct SenderInfo {
  Ssrc sender;
  NtpTime ntp_time;
  RtpTimestamp timestamp;
  uint32_t packet_count = 0;
  uint32_t octet_count = 0;  // Payload only.
};

// Those of an extended report that are there.
struct ExtendedReportBlocks {
  std::optional<NtpTime> reference_time;
  std::optional<DelaySinceReference> delay_since_reference;
  std::optional<VoipMetrics> voip_metrics;
};

class RtcpBuilder {
 public:
  static constexpr size_t kReportsMax = 31;
  static constexpr size_t kTextMax = 255;  // Longer texts are cut.

  explicit RtcpBuilder(std::span<uint8_t> buffer) noexcept : buffer_(buffer) {}

  // One of these two comes first. At most kReportsMax reports.
  void AddSenderReport(const SenderInfo& info, std::span<const ReportBlock> reports) noexcept;
  void AddReceiverReport(Ssrc sender, std::span<const ReportBlock> reports) noexcept;

  void AddCname(Ssrc source, absl::string_view cname) noexcept;
  // RFC 3611; nothing if there is no block.
  void AddExtendedReport(Ssrc sender, const ExtendedReportBlocks& blocks) noexcept;
  // Last.
  void AddBye(Ssrc source, absl::string_view reason = {}) noexcept;

  // The datagram, within the buffer given; empty if something did not fit or came before the
  // report.
  std::span<const uint8_t> Finish() const noexcept;

 private:
  // Space for one packet of `size` bytes (a multiple of four) with its header written; nullptr, and
  // the whole datagram is lost, if it does not fit.
  uint8_t* Append(RtcpType type, size_t count, size_t size) noexcept;
  static void WriteReports(uint8_t* bytes, std::span<const ReportBlock> reports) noexcept;

  const std::span<uint8_t> buffer_;
  size_t size_ = 0;
  bool failed_ = false;
};

}  // namespace narada::mixer::rtp

#endif  // NARADA_MIXER_RTP_RTCP_BUILDER_H_
