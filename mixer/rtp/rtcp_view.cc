#include "mixer/rtp/rtcp_view.h"

namespace narada::mixer::rtp {
namespace {

constexpr size_t kHeaderSize = 4;

size_t PacketSize(std::span<const uint8_t> bytes) noexcept {
  return kHeaderSize * (size_t{ReadU16(&bytes[2])} + 1);
}

bool HasPadding(std::span<const uint8_t> packet) noexcept { return (packet[0] & 0x20) != 0; }

// The packet at the start of `bytes` without its padding, whose count Parse() has checked.
std::span<const uint8_t> WithoutPadding(std::span<const uint8_t> bytes) noexcept {
  const std::span<const uint8_t> packet = bytes.first(PacketSize(bytes));
  return HasPadding(packet) ? packet.first(packet.size() - packet.back()) : packet;
}

// RFC 3550 §6.5: chunks of an SSRC and items, each list ended by a zero and filled to a word.
bool IsValidSourceDescription(std::span<const uint8_t> packet, size_t chunks) noexcept {
  size_t at = kHeaderSize;
  for (size_t chunk = 0; chunk < chunks; ++chunk) {
    if (packet.size() - at < 4) return false;
    at += 4;
    for (;;) {
      if (at >= packet.size()) return false;  // The list was not ended.
      if (packet[at] == 0) break;
      if (packet.size() - at < 2 || packet.size() - at - 2 < packet[at + 1]) return false;
      at += size_t{2} + packet[at + 1];
    }
    at = (at / 4 + 1) * 4;
    if (at > packet.size()) return false;
  }
  return true;
}

bool IsValidBye(std::span<const uint8_t> packet, size_t sources) noexcept {
  const size_t reason_at = kHeaderSize + 4 * sources;
  if (packet.size() < reason_at) return false;
  return packet.size() == reason_at || packet.size() - reason_at - 1 >= packet[reason_at];
}

bool IsValidExtendedReport(std::span<const uint8_t> packet) noexcept {
  if (packet.size() < 8) return false;
  for (size_t at = 8; at < packet.size();) {
    if (packet.size() - at < 4) return false;
    const size_t size = size_t{4} * ReadU16(&packet[at + 2]);
    at += 4;
    if (packet.size() - at < size) return false;
    at += size;
  }
  return true;
}

bool IsValidBody(std::span<const uint8_t> packet) noexcept {
  const size_t count = packet[0] & 0x1f;
  switch (static_cast<RtcpType>(packet[1])) {
    case RtcpType::kSenderReport:
      return packet.size() >= 28 + ReportBlock::kSize * count;
    case RtcpType::kReceiverReport:
      return packet.size() >= 8 + ReportBlock::kSize * count;
    case RtcpType::kSourceDescription:
      return IsValidSourceDescription(packet, count);
    case RtcpType::kBye:
      return IsValidBye(packet, count);
    case RtcpType::kApplication:
      return packet.size() >= 12;
    case RtcpType::kExtendedReport:
      return IsValidExtendedReport(packet);
  }
  return true;  // A type unknown to us; only its length matters.
}

}  // namespace

ReportBlock ReportBlock::Read(const uint8_t* bytes) noexcept {
  ReportBlock block;
  block.source = Ssrc(ReadU32(bytes));
  block.fraction_lost = bytes[4];
  const uint32_t lost = ReadU24(bytes + 5);
  block.cumulative_lost = static_cast<int32_t>(lost << 8) >> 8;  // Extends the sign of 24 bits.
  block.highest_sequence = ReadU32(bytes + 8);
  block.interarrival_jitter = ReadU32(bytes + 12);
  block.last_sender_report = ReadU32(bytes + 16);
  block.delay_since_last = ReadU32(bytes + 20);
  return block;
}

void ReportBlock::Write(uint8_t* bytes) const noexcept {
  WriteU32(bytes, source.value());
  bytes[4] = fraction_lost;
  WriteU24(bytes + 5, static_cast<uint32_t>(cumulative_lost) & 0xffffff);
  WriteU32(bytes + 8, highest_sequence);
  WriteU32(bytes + 12, interarrival_jitter);
  WriteU32(bytes + 16, last_sender_report);
  WriteU32(bytes + 20, delay_since_last);
}

std::optional<MediaDuration> ReportBlock::RoundTrip(NtpTime arrival) const noexcept {
  return RoundTripOf(last_sender_report, delay_since_last, arrival);
}

Result<RtcpCompound, DropReason> RtcpCompound::Parse(std::span<const uint8_t> datagram) noexcept {
  if (datagram.size() > kDatagramSizeMax) return DropReason::kRtcpTooLong;
  if (datagram.size() < 8) return DropReason::kRtcpTooShort;
  if (datagram[0] >> 6 != 2) return DropReason::kRtcpVersion;
  // RFC 3550 A.2 asks for SR or RR, RFC 5506 lifts that, and phones say goodbye or ping without
  // either (baresip: BYE and SDES; APP alone). The rest of the checks is what tells RTCP from
  // noise.
  if (datagram[1] < static_cast<uint8_t>(RtcpType::kSenderReport) ||
      datagram[1] > static_cast<uint8_t>(RtcpType::kExtendedReport)) {
    return DropReason::kRtcpFirstPacket;
  }
  for (std::span<const uint8_t> rest = datagram; !rest.empty();) {
    if (rest.size() < kHeaderSize) return DropReason::kRtcpLength;
    if (rest[0] >> 6 != 2) return DropReason::kRtcpVersion;
    const size_t size = PacketSize(rest);
    if (size > rest.size()) return DropReason::kRtcpLength;
    const bool is_last = size == rest.size();
    if (HasPadding(rest)) {
      const size_t padding = rest[size - 1];
      if (!is_last || padding == 0 || padding % 4 != 0 || padding > size - kHeaderSize) {
        return DropReason::kRtcpPadding;
      }
    }
    if (!IsValidBody(WithoutPadding(rest))) return DropReason::kRtcpBody;
    rest = rest.subspan(size);
  }
  return RtcpCompound(datagram);
}

std::optional<Ssrc> RtcpCompound::sender() const noexcept {
  const RtcpPacket first = *begin();
  if (first.bytes().size() < 8) return std::nullopt;  // A BYE or SDES of nobody.
  return Ssrc(ReadU32(&first.bytes()[4]));
}

RtcpPacket RtcpCompound::Iterator::operator*() const noexcept {
  return RtcpPacket(WithoutPadding(rest_));
}

RtcpCompound::Iterator& RtcpCompound::Iterator::operator++() noexcept {
  rest_ = rest_.subspan(PacketSize(rest_));
  return *this;
}

std::span<const uint8_t> SourceDescription::Find(Ssrc source, SdesItem item) const noexcept {
  std::span<const uint8_t> found;
  bool is_found = false;
  ForEachItem([&](Ssrc of, SdesItem kind, std::span<const uint8_t> text) {
    if (is_found || of != source || kind != item) return;
    found = text;
    is_found = true;
  });
  return found;
}

bool Bye::Names(Ssrc source) const noexcept {
  for (size_t i = 0; i < source_count(); ++i) {
    if (this->source(i) == source) return true;
  }
  return false;
}

std::span<const uint8_t> Bye::reason() const noexcept {
  const std::span<const uint8_t> rest = packet_.bytes().subspan(4 + 4 * source_count());
  return rest.empty() ? rest : rest.subspan(1, rest[0]);
}

std::optional<VoipMetrics> ExtendedReport::FindVoipMetrics(Ssrc source) const noexcept {
  std::optional<VoipMetrics> found;
  ForEachBlock([&](uint8_t type, uint8_t, std::span<const uint8_t> body) {
    if (type != VoipMetrics::kBlockType || body.size() != VoipMetrics::kBodySize) return;
    if (found.has_value() || Ssrc(ReadU32(body.data())) != source) return;
    found = VoipMetrics::Read(body.data());
  });
  return found;
}

std::optional<NtpTime> ExtendedReport::reference_time() const noexcept {
  std::optional<NtpTime> found;
  ForEachBlock([&](uint8_t type, uint8_t, std::span<const uint8_t> body) {
    if (type != ReferenceTime::kBlockType || body.size() != ReferenceTime::kBodySize) return;
    if (!found.has_value()) found = NtpTime(ReadU64(body.data()));
  });
  return found;
}

std::optional<DelaySinceReference> ExtendedReport::FindDelaySinceReference(
    Ssrc receiver) const noexcept {
  std::optional<DelaySinceReference> found;
  ForEachBlock([&](uint8_t type, uint8_t, std::span<const uint8_t> body) {
    if (type != DelaySinceReference::kBlockType) return;
    for (; body.size() >= DelaySinceReference::kBodySize;
         body = body.subspan(DelaySinceReference::kBodySize)) {
      const DelaySinceReference delay = DelaySinceReference::Read(body.data());
      if (!found.has_value() && delay.receiver == receiver) found = delay;
    }
  });
  return found;
}

}  // namespace narada::mixer::rtp
