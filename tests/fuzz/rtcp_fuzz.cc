// Whatever a datagram holds, the RTCP views stay within it, and statistics take what they say.
#include <cstdint>
#include <span>

#include "base/check.h"
#include "mixer/rtp/reception_statistics.h"
#include "mixer/rtp/rtcp_builder.h"
#include "mixer/rtp/rtcp_view.h"

namespace narada::mixer::rtp {
namespace {

unsigned Sum(std::span<const uint8_t> bytes) {
  unsigned sum = 0;
  for (const uint8_t byte : bytes) sum += byte;
  return sum;
}

// A block that is read and written again is the same bytes.
unsigned Use(const ReportBlock& block) {
  uint8_t bytes[ReportBlock::kSize];
  block.Write(bytes);
  CHECK(ReportBlock::Read(bytes) == block) << "a report block changed on its way";
  block.RoundTrip(NtpTime(uint64_t{block.delay_since_last} << 32 | block.last_sender_report));
  return block.fraction_lost;
}

template <typename Report>
unsigned UseReports(const Report& report) {
  unsigned sum = report.sender().value();
  for (size_t i = 0; i < report.report_count(); ++i) sum += Use(report.report(i));
  return sum;
}

// Blocks that are read and written again say the same.
void UseBlocks(const ExtendedReportBlocks& blocks) {
  uint8_t buffer[128];
  RtcpBuilder builder(buffer);
  builder.AddReceiverReport(Ssrc(2), {});
  builder.AddExtendedReport(Ssrc(2), blocks);
  const Result<RtcpCompound, DropReason> compound = RtcpCompound::Parse(builder.Finish());
  CHECK(compound.ok()) << "our own extended report is not valid";
  for (const RtcpPacket packet : *compound) {
    if (packet.type() != RtcpType::kExtendedReport) continue;
    const ExtendedReport report(packet);
    if (blocks.voip_metrics) {
      CHECK(report.FindVoipMetrics(blocks.voip_metrics->source) == blocks.voip_metrics)
          << "VoIP metrics changed on their way";
    }
    if (blocks.delay_since_reference) {
      CHECK(report.FindDelaySinceReference(blocks.delay_since_reference->receiver) ==
            blocks.delay_since_reference)
          << "a delay changed on its way";
    }
  }
}

unsigned Use(RtcpPacket packet, ReceptionStatistics& statistics) {
  unsigned sum = 0;
  switch (packet.type()) {
    case RtcpType::kSenderReport: {
      const SenderReport report(packet);
      statistics.OnSenderReport(report.ntp_time(), MediaTime() + Seconds(1));
      return UseReports(report) + report.packet_count() + report.octet_count();
    }
    case RtcpType::kReceiverReport:
      return UseReports(ReceiverReport(packet));
    case RtcpType::kSourceDescription: {
      const SourceDescription description(packet);
      description.ForEachItem([&](Ssrc source, SdesItem item, std::span<const uint8_t> text) {
        sum += Sum(text) + Sum(description.Find(source, item));
      });
      return sum;
    }
    case RtcpType::kBye: {
      const Bye bye(packet);
      for (size_t i = 0; i < bye.source_count(); ++i) {
        CHECK(bye.Names(bye.source(i))) << "a goodbye that does not name its own source";
      }
      return Sum(bye.reason());
    }
    case RtcpType::kApplication: {
      const Application application(packet);
      return Sum(application.name()) + Sum(application.data());
    }
    case RtcpType::kExtendedReport: {
      const ExtendedReport report(packet);
      const NtpTime arrival = report.reference_time().value_or(NtpTime());
      report.ForEachBlock([&](uint8_t type, uint8_t, std::span<const uint8_t> body) {
        sum += type + Sum(body);
        if (body.size() < 4) return;
        const Ssrc named(ReadU32(body.data()));
        ExtendedReportBlocks blocks{.voip_metrics = report.FindVoipMetrics(named)};
        if (const auto delay = report.FindDelaySinceReference(named)) {
          delay->RoundTrip(arrival);
          blocks.delay_since_reference = delay;
        }
        UseBlocks(blocks);
      });
      return sum;
    }
  }
  return Sum(packet.bytes());
}

void Fuzz(std::span<const uint8_t> datagram) {
  const Result<RtcpCompound, DropReason> compound = RtcpCompound::Parse(datagram);
  if (!compound.ok()) {
    CHECK(compound.error() >= DropReason::kRtcpTooShort &&
          compound.error() <= DropReason::kRtcpBody)
        << "a reason that is not the parser's";
    return;
  }
  ReceptionStatistics statistics(ClockRate::FromHertz(8000));
  volatile unsigned sum = compound->sender().value_or(Ssrc()).value();
  size_t bytes = 0;
  for (const RtcpPacket packet : *compound) {
    sum = sum + Use(packet, statistics);
    bytes += packet.bytes().size();
  }
  CHECK_LE(bytes, datagram.size()) << "packets that are larger than their compound";
  uint8_t buffer[64];
  RtcpBuilder builder(buffer);
  const ReportBlock block = statistics.MakeReport(Ssrc(1), MediaTime() + Seconds(2));
  builder.AddReceiverReport(Ssrc(2), {&block, 1});
  CHECK(RtcpCompound::Parse(builder.Finish()).ok()) << "our own report is not valid";
}

}  // namespace
}  // namespace narada::mixer::rtp

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  narada::mixer::rtp::Fuzz({data, size});
  return 0;
}
