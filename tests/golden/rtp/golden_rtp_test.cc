// Packets of real phones and of our own hand mean to our parsers what they mean to tshark (packets.txt).
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "mixer/rtp/packet_view.h"
#include "mixer/rtp/rtcp_view.h"
#include "mixer/rtp/telephone_event.h"

namespace narada::mixer::rtp {
namespace {

struct GoldenPacket {
  std::string name;
  std::string kind;
  std::vector<uint8_t> bytes;
  std::string meaning;
};

std::vector<GoldenPacket> ReadGoldenPackets() {
  std::ifstream file("tests/golden/rtp/packets.txt");
  std::stringstream text;
  text << file.rdbuf();
  std::vector<GoldenPacket> packets;
  for (absl::string_view block : absl::StrSplit(text.str(), "\n\n")) {
    if (block.empty() || block[0] == '#') continue;
    std::map<std::string, std::string> fields;
    for (absl::string_view line : absl::StrSplit(block, '\n', absl::SkipEmpty())) {
      const std::pair<std::string, std::string> field =
          absl::StrSplit(line, absl::MaxSplits(": ", 1));
      fields.insert(field);
    }
    GoldenPacket packet{fields["name"], fields["kind"], {}, fields["meaning"]};
    const std::string bytes = absl::HexStringToBytes(fields["hex"]);
    packet.bytes.assign(bytes.begin(), bytes.end());
    packets.push_back(std::move(packet));
  }
  return packets;
}

std::string Hex(std::span<const uint8_t> bytes) {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string HexOf(Ssrc ssrc) { return absl::StrFormat("0x%08x", ssrc.value()); }

std::string Dropped(DropReason reason) { return absl::StrCat("drop ", DropReasonName(reason)); }

// name=value,value for each name that has values, in the order in which names were first named.
class Meaning {
 public:
  explicit Meaning(std::vector<std::string> names) : names_(std::move(names)) {}

  template <typename Value>
  void Add(const std::string& name, const Value& value) {
    values_[name].push_back(absl::StrCat(value));
  }

  std::string ToString() const {
    std::vector<std::string> parts;
    for (const std::string& name : names_) {
      const auto found = values_.find(name);
      if (found == values_.end()) continue;
      parts.push_back(absl::StrCat(name, "=", absl::StrJoin(found->second, ",")));
    }
    return absl::StrJoin(parts, " ");
  }

 private:
  const std::vector<std::string> names_;
  std::map<std::string, std::vector<std::string>> values_;
};

void AddHeader(const PacketView& packet, Meaning& meaning) {
  meaning.Add("marker", packet.marker() ? 1 : 0);
  meaning.Add("p_type", int{packet.payload_type().value()});
  meaning.Add("seq", packet.sequence_number().value());
  meaning.Add("timestamp", packet.timestamp().value());
  meaning.Add("ssrc", HexOf(packet.ssrc()));
}

std::string MeaningOfRtp(std::span<const uint8_t> datagram) {
  const Result<PacketView, DropReason> packet = PacketView::Parse(datagram);
  if (!packet.ok()) return Dropped(packet.error());
  Meaning meaning({"marker", "p_type", "seq", "timestamp", "ssrc", "csrc.item", "ext.profile",
                   "ext.len", "padding.count", "payload"});
  AddHeader(*packet, meaning);
  for (size_t i = 0; i < packet->csrc_count(); ++i)
    meaning.Add("csrc.item", HexOf(packet->csrc(i)));
  size_t header = 12 + 4 * packet->csrc_count();
  if (packet->has_extension()) {
    meaning.Add("ext.profile", absl::StrFormat("0x%04x", packet->extension_profile()));
    meaning.Add("ext.len", packet->extension().size() / 4);
    header += 4 + packet->extension().size();
  }
  const size_t padding = datagram.size() - header - packet->payload().size();
  if (padding > 0) meaning.Add("padding.count", padding);
  if (!packet->payload().empty()) meaning.Add("payload", Hex(packet->payload()));
  return meaning.ToString();
}

std::string MeaningOfEvent(std::span<const uint8_t> datagram) {
  const Result<PacketView, DropReason> packet = PacketView::Parse(datagram);
  if (!packet.ok()) return Dropped(packet.error());
  const Result<TelephoneEvent, DropReason> event = TelephoneEvent::Parse(packet->payload());
  if (!event.ok()) return Dropped(event.error());
  Meaning meaning({"marker", "p_type", "seq", "timestamp", "ssrc", "event_id", "end_of_event",
                   "volume", "duration"});
  AddHeader(*packet, meaning);
  meaning.Add("event_id", int{event->event});
  meaning.Add("end_of_event", event->is_end ? 1 : 0);
  meaning.Add("volume", int{event->volume});
  meaning.Add("duration", event->duration);
  return meaning.ToString();
}

template <typename Report>
void AddReports(const Report& report, Meaning& meaning) {
  meaning.Add("senderssrc", HexOf(report.sender()));
  for (size_t i = 0; i < report.report_count(); ++i) {
    const ReportBlock block = report.report(i);
    meaning.Add("ssrc.identifier", HexOf(block.source));
    meaning.Add("ssrc.fraction", int{block.fraction_lost});
    meaning.Add("ssrc.cum_nr", block.cumulative_lost);
    meaning.Add("ssrc.ext_high", block.highest_sequence);
    meaning.Add("ssrc.jitter", block.interarrival_jitter);
    meaning.Add("ssrc.lsr", block.last_sender_report);
    meaning.Add("ssrc.dlsr", block.delay_since_last);
  }
}

void AddSourceDescription(RtcpPacket packet, Meaning& meaning) {
  std::optional<Ssrc> last;
  SourceDescription(packet).ForEachItem(
      [&](Ssrc source, SdesItem item, std::span<const uint8_t> text) {
        if (last != source) {
          if (last.has_value()) meaning.Add("sdes.type", 0);  // The end of a chunk.
          meaning.Add("ssrc.identifier", HexOf(source));
          last = source;
        }
        meaning.Add("sdes.type", static_cast<int>(item));
        meaning.Add("sdes.text", std::string(text.begin(), text.end()));
      });
  meaning.Add("sdes.type", 0);
}

// tshark names an XR block's source and loss rate as a report's.
void AddExtendedReport(RtcpPacket packet, Meaning& meaning) {
  const ExtendedReport report(packet);
  meaning.Add("senderssrc", HexOf(report.sender()));
  report.ForEachBlock([&](uint8_t type, uint8_t, std::span<const uint8_t> body) {
    meaning.Add("xr.bt", int{type});
    const std::optional<VoipMetrics> metrics = report.FindVoipMetrics(Ssrc(ReadU32(body.data())));
    ASSERT_TRUE(metrics.has_value());
    meaning.Add("ssrc.identifier", HexOf(metrics->source));
    meaning.Add("ssrc.fraction", int{metrics->loss_rate});
  });
}

void AddPacket(RtcpPacket packet, Meaning& meaning) {
  meaning.Add("pt", static_cast<int>(packet.type()));
  switch (packet.type()) {
    case RtcpType::kSenderReport: {
      const SenderReport report(packet);
      meaning.Add("timestamp.ntp.msw", report.ntp_time().value() >> 32);
      meaning.Add("timestamp.ntp.lsw", report.ntp_time().value() & 0xffffffff);
      meaning.Add("timestamp.rtp", report.timestamp().value());
      meaning.Add("sender.packetcount", report.packet_count());
      meaning.Add("sender.octetcount", report.octet_count());
      AddReports(report, meaning);
      return;
    }
    case RtcpType::kReceiverReport:
      AddReports(ReceiverReport(packet), meaning);
      return;
    case RtcpType::kSourceDescription:
      AddSourceDescription(packet, meaning);
      return;
    case RtcpType::kBye: {
      const Bye bye(packet);
      for (size_t i = 0; i < bye.source_count(); ++i) {
        meaning.Add("ssrc.identifier", HexOf(bye.source(i)));
      }
      const std::span<const uint8_t> reason = bye.reason();
      if (!reason.empty()) meaning.Add("sdes.text", std::string(reason.begin(), reason.end()));
      return;
    }
    case RtcpType::kApplication: {
      const Application application(packet);
      meaning.Add("ssrc.identifier", HexOf(application.sender()));
      meaning.Add("app.name", std::string(application.name().begin(), application.name().end()));
      return;
    }
    case RtcpType::kExtendedReport:
      AddExtendedReport(packet, meaning);
      return;
  }
  meaning.Add("senderssrc", HexOf(Ssrc(ReadU32(&packet.bytes()[4]))));  // Feedback (RFC 4585).
}

std::string MeaningOfRtcp(std::span<const uint8_t> datagram) {
  const Result<RtcpCompound, DropReason> compound = RtcpCompound::Parse(datagram);
  if (!compound.ok()) return Dropped(compound.error());
  Meaning meaning({"pt", "senderssrc", "timestamp.ntp.msw", "timestamp.ntp.lsw", "timestamp.rtp",
                   "sender.packetcount", "sender.octetcount", "ssrc.identifier", "ssrc.fraction",
                   "ssrc.cum_nr", "ssrc.ext_high", "ssrc.jitter", "ssrc.lsr", "ssrc.dlsr",
                   "sdes.type", "sdes.text", "app.name", "xr.bt"});
  for (const RtcpPacket packet : *compound) AddPacket(packet, meaning);
  return meaning.ToString();
}

class GoldenRtp : public testing::TestWithParam<GoldenPacket> {};

TEST_P(GoldenRtp, MeansToUsWhatItMeansToTshark) {
  const GoldenPacket& packet = GetParam();
  const std::string meaning = packet.kind == "rtp"     ? MeaningOfRtp(packet.bytes)
                              : packet.kind == "event" ? MeaningOfEvent(packet.bytes)
                                                       : MeaningOfRtcp(packet.bytes);
  EXPECT_EQ(meaning, packet.meaning);
}

INSTANTIATE_TEST_SUITE_P(Packets, GoldenRtp, testing::ValuesIn(ReadGoldenPackets()),
                         [](const testing::TestParamInfo<GoldenPacket>& info) {
                           return info.param.name;
                         });

TEST(GoldenPackets, AreThere) { EXPECT_GE(ReadGoldenPackets().size(), 40u); }

}  // namespace
}  // namespace narada::mixer::rtp
