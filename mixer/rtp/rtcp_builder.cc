#include "mixer/rtp/rtcp_builder.h"

#include <algorithm>
#include <cstring>

#include "mixer/rtp/byte_order.h"

namespace narada::mixer::rtp {
namespace {

constexpr size_t RoundUpToWord(size_t size) { return (size + 3) / 4 * 4; }

}  // namespace

uint8_t* RtcpBuilder::Append(RtcpType type, size_t count, size_t size) noexcept {
  const bool is_report = type == RtcpType::kSenderReport || type == RtcpType::kReceiverReport;
  if (is_report != (size_ == 0) || buffer_.size() - size_ < size) failed_ = true;
  if (failed_) return nullptr;
  uint8_t* const bytes = buffer_.data() + size_;
  std::memset(bytes, 0, size);
  bytes[0] = static_cast<uint8_t>(0x80 | count);
  bytes[1] = static_cast<uint8_t>(type);
  WriteU16(bytes + 2, static_cast<uint16_t>(size / 4 - 1));
  size_ += size;
  return bytes;
}

void RtcpBuilder::WriteReports(uint8_t* bytes, std::span<const ReportBlock> reports) noexcept {
  for (const ReportBlock& report : reports) {
    report.Write(bytes);
    bytes += ReportBlock::kSize;
  }
}

void RtcpBuilder::AddSenderReport(const SenderInfo& info,
                                  std::span<const ReportBlock> reports) noexcept {
  reports = reports.first(std::min(reports.size(), kReportsMax));
  uint8_t* const bytes =
      Append(RtcpType::kSenderReport, reports.size(), 28 + ReportBlock::kSize * reports.size());
  if (bytes == nullptr) return;
  WriteU32(bytes + 4, info.sender.value());
  WriteU64(bytes + 8, info.ntp_time.value());
  WriteU32(bytes + 16, info.timestamp.value());
  WriteU32(bytes + 20, info.packet_count);
  WriteU32(bytes + 24, info.octet_count);
  WriteReports(bytes + 28, reports);
}

void RtcpBuilder::AddReceiverReport(Ssrc sender, std::span<const ReportBlock> reports) noexcept {
  reports = reports.first(std::min(reports.size(), kReportsMax));
  uint8_t* const bytes =
      Append(RtcpType::kReceiverReport, reports.size(), 8 + ReportBlock::kSize * reports.size());
  if (bytes == nullptr) return;
  WriteU32(bytes + 4, sender.value());
  WriteReports(bytes + 8, reports);
}

void RtcpBuilder::AddCname(Ssrc source, absl::string_view cname) noexcept {
  cname = cname.substr(0, kTextMax);
  // Header, SSRC, item header, text, and at least one zero that ends the item list.
  uint8_t* const bytes =
      Append(RtcpType::kSourceDescription, 1, RoundUpToWord(4 + 4 + 2 + cname.size() + 1));
  if (bytes == nullptr) return;
  WriteU32(bytes + 4, source.value());
  bytes[8] = static_cast<uint8_t>(SdesItem::kCname);
  bytes[9] = static_cast<uint8_t>(cname.size());
  std::memcpy(bytes + 10, cname.data(), cname.size());
}

void RtcpBuilder::AddExtendedReport(Ssrc sender, const ExtendedReportBlocks& blocks) noexcept {
  constexpr size_t kBlockHeader = 4;
  const size_t size =
      (blocks.reference_time ? kBlockHeader + ReferenceTime::kBodySize : 0) +
      (blocks.delay_since_reference ? kBlockHeader + DelaySinceReference::kBodySize : 0) +
      (blocks.voip_metrics ? kBlockHeader + VoipMetrics::kBodySize : 0);
  if (size == 0) return;
  uint8_t* bytes = Append(RtcpType::kExtendedReport, 0, 8 + size);
  if (bytes == nullptr) return;
  WriteU32(bytes + 4, sender.value());
  bytes += 8;
  // The body of a block with its header written.
  const auto begin = [&bytes](uint8_t type, size_t body_size) {
    bytes[0] = type;
    WriteU16(bytes + 2, static_cast<uint16_t>(body_size / 4));
    uint8_t* const body = bytes + kBlockHeader;
    bytes = body + body_size;
    return body;
  };
  if (blocks.reference_time) {
    WriteU64(begin(ReferenceTime::kBlockType, ReferenceTime::kBodySize),
             blocks.reference_time->value());
  }
  if (blocks.delay_since_reference) {
    blocks.delay_since_reference->Write(
        begin(DelaySinceReference::kBlockType, DelaySinceReference::kBodySize));
  }
  if (blocks.voip_metrics) {
    blocks.voip_metrics->Write(begin(VoipMetrics::kBlockType, VoipMetrics::kBodySize));
  }
}

void RtcpBuilder::AddBye(Ssrc source, absl::string_view reason) noexcept {
  reason = reason.substr(0, kTextMax);
  const size_t reason_size = reason.empty() ? 0 : RoundUpToWord(1 + reason.size());
  uint8_t* const bytes = Append(RtcpType::kBye, 1, 8 + reason_size);
  if (bytes == nullptr) return;
  WriteU32(bytes + 4, source.value());
  if (reason.empty()) return;
  bytes[8] = static_cast<uint8_t>(reason.size());
  std::memcpy(bytes + 9, reason.data(), reason.size());
}

std::span<const uint8_t> RtcpBuilder::Finish() const noexcept {
  if (failed_) return {};
  return buffer_.first(size_);
}

}  // namespace narada::mixer::rtp
