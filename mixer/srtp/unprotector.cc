#include "mixer/srtp/unprotector.h"

#include <algorithm>

#include "mixer/srtp/packet_layout.h"

namespace narada::mixer::srtp {
namespace {

constexpr uint64_t kRollOver = 0x10000;
constexpr uint64_t kIndexEnd = uint64_t{1} << 48;

// The index nearest to `highest` that ends in `number` (RFC 3711 §3.3.1 and Appendix A).
uint64_t NearestIndex(uint64_t highest, uint16_t number) noexcept {
  const uint64_t same = (highest & ~(kRollOver - 1)) | number;
  const auto newest = static_cast<uint16_t>(highest);
  if (newest < 0x8000) {
    if (number > newest + 0x8000 && same >= kRollOver) return same - kRollOver;
  } else if (number < newest - 0x8000) {
    return same + kRollOver;
  }
  return same;
}

bool IsTag(std::span<const uint8_t> bytes, std::span<const uint8_t> identifier) noexcept {
  return std::equal(bytes.begin(), bytes.end(), identifier.begin(), identifier.end());
}

}  // namespace

Unprotector::Unprotector(const SrtpKeys& keys)
    : keys_(keys),
      fingerprint_(FingerprintOf(keys)),
      traits_(TraitsOf(keys.suite())),
      rtp_(MakeCipher(keys.suite(), DeriveSessionKeys(keys, Protocol::kRtp))),
      rtcp_(MakeCipher(keys.suite(), DeriveSessionKeys(keys, Protocol::kRtcp))) {}

Result<Unprotected, Refusal> Unprotector::UnprotectRtp(std::span<const uint8_t> datagram,
                                                       std::span<uint8_t> out) noexcept {
  const std::span<const uint8_t> identifier = keys_.identifier();
  const size_t overhead = traits_.rtp_tag_size + identifier.size();
  const size_t header_size = RtpHeaderSizeOf(datagram);
  if (header_size == 0 || datagram.size() < header_size + overhead) return Refusal::kMalformed;
  const size_t plain = datagram.size() - overhead;
  if (out.size() < plain) return Refusal::kMalformed;
  // RFC 3711 §3.1: MKI, tag; RFC 7714 §8.2: tag, MKI.
  const size_t tag_at = plain + (traits_.is_aead ? 0 : identifier.size());
  const size_t identifier_at = plain + (traits_.is_aead ? traits_.rtp_tag_size : 0);
  if (!IsTag(datagram.subspan(identifier_at, identifier.size()), identifier)) {
    return Refusal::kAuthentication;
  }

  const Ssrc ssrc(ReadU32(&datagram[8]));
  const uint16_t number = ReadU16(&datagram[2]);
  ReceivedStream* stream = Find(ssrc);
  if (stream == nullptr && IsRetired(ssrc)) return Refusal::kReplay;
  if (stream == nullptr && !HasRoom()) return Refusal::kSources;

  uint64_t index = number;  // A new source begins with a roll-over counter of zero.
  if (stream != nullptr && stream->is_confirmed && stream->rtp.has_any) {
    index = NearestIndex(stream->rtp.highest, number);
  } else if (stream != nullptr && !stream->is_confirmed) {
    index = NearestIndex(stream->rtp_hint, number);
  }
  if (index >= kIndexEnd) return Refusal::kReplay;
  if (stream != nullptr && !stream->rtp.IsFresh(index)) return Refusal::kReplay;

  const auto open = [&](uint64_t candidate) {
    std::array<uint8_t, 4> roll_over_counter;
    WriteU32(roll_over_counter.data(), static_cast<uint32_t>(candidate >> 16));
    PacketParts parts = {.header = datagram.first(header_size),
                         .body = datagram.subspan(header_size, plain - header_size),
                         .trailer = {}};
    if (!traits_.is_aead) parts.trailer = roll_over_counter;
    return rtp_->Open({ssrc, candidate}, parts, datagram.subspan(tag_at, traits_.rtp_tag_size),
                      out.data() + header_size);
  };
  bool is_authentic = open(index);
  if (!is_authentic && stream != nullptr && !stream->is_confirmed && index != number) {
    index = number;
    is_authentic = open(index);
  }
  if (!is_authentic) return Refusal::kAuthentication;

  if (stream == nullptr) stream = &Add(ssrc);
  stream->is_confirmed = true;
  stream->last_use = ++uses_;
  const bool is_newest = stream->rtp.IsNewest(index);
  stream->rtp.Take(index);
  std::copy_n(datagram.begin(), header_size, out.begin());
  return Unprotected{.bytes = out.first(plain), .is_newest = is_newest};
}

Result<Unprotected, Refusal> Unprotector::UnprotectRtcp(std::span<const uint8_t> datagram,
                                                        std::span<uint8_t> out) noexcept {
  const std::span<const uint8_t> identifier = keys_.identifier();
  const size_t overhead = kRtcpIndexSize + traits_.rtcp_tag_size + identifier.size();
  if (datagram.size() < kRtcpHeaderSize + overhead || datagram[0] >> 6 != 2) {
    return Refusal::kMalformed;
  }
  const size_t plain = datagram.size() - overhead;
  if (out.size() < plain) return Refusal::kMalformed;
  // RFC 3711 §3.4: index, MKI, tag; RFC 7714 §9.2: tag, index, MKI.
  const size_t word_at = plain + (traits_.is_aead ? traits_.rtcp_tag_size : 0);
  const size_t identifier_at = word_at + kRtcpIndexSize;
  const size_t tag_at = traits_.is_aead ? plain : identifier_at + identifier.size();
  const uint32_t word = ReadU32(&datagram[word_at]);
  // Unencrypted SRTCP is never agreed on.
  if ((word & kRtcpIsEncrypted) == 0 ||
      !IsTag(datagram.subspan(identifier_at, identifier.size()), identifier)) {
    return Refusal::kAuthentication;
  }

  const Ssrc ssrc(ReadU32(&datagram[4]));
  const uint32_t index = word & ~kRtcpIsEncrypted;
  ReceivedStream* stream = Find(ssrc);
  if (stream == nullptr && IsRetired(ssrc)) return Refusal::kReplay;
  if (stream == nullptr && !HasRoom()) return Refusal::kSources;
  if (stream != nullptr && !stream->rtcp.IsFresh(index)) return Refusal::kReplay;

  const PacketParts parts = {.header = datagram.first(kRtcpHeaderSize),
                             .body = datagram.subspan(kRtcpHeaderSize, plain - kRtcpHeaderSize),
                             .trailer = datagram.subspan(word_at, kRtcpIndexSize)};
  if (!rtcp_->Open({ssrc, index}, parts, datagram.subspan(tag_at, traits_.rtcp_tag_size),
                   out.data() + kRtcpHeaderSize)) {
    return Refusal::kAuthentication;
  }
  if (stream == nullptr) stream = &Add(ssrc);
  stream->last_use = ++uses_;
  const bool is_newest = stream->rtcp.IsNewest(index);
  stream->rtcp.Take(index);
  std::copy_n(datagram.begin(), kRtcpHeaderSize, out.begin());
  return Unprotected{.bytes = out.first(plain), .is_newest = is_newest};
}

ReceivedStream* Unprotector::Find(Ssrc ssrc) noexcept {
  for (ReceivedStream& stream : streams_) {
    if (stream.is_used && stream.ssrc == ssrc) return &stream;
  }
  return nullptr;
}

bool Unprotector::IsRetired(Ssrc ssrc) const noexcept {
  const auto end = retired_.begin() + static_cast<ptrdiff_t>(retired_count_);
  return std::find(retired_.begin(), end, ssrc) != end;
}

bool Unprotector::HasRoom() const noexcept {
  return retired_count_ < retired_.size() ||
         std::any_of(streams_.begin(), streams_.end(),
                     [](const ReceivedStream& stream) { return !stream.is_used; });
}

// A free slot, or the one that was used least lately.
ReceivedStream& Unprotector::Add(Ssrc ssrc) noexcept {
  ReceivedStream* chosen = &streams_[0];
  for (ReceivedStream& stream : streams_) {
    if (!chosen->is_used) break;
    if (!stream.is_used || stream.last_use < chosen->last_use) chosen = &stream;
  }
  if (chosen->is_used) retired_[retired_count_++] = chosen->ssrc;
  *chosen = ReceivedStream{.ssrc = ssrc, .is_used = true, .is_confirmed = true};
  return *chosen;
}

void Unprotector::ContinueFrom(const Unprotector& previous) noexcept {
  for (size_t i = 0; i < streams_.size(); ++i) {
    const ReceivedStream& known = previous.streams_[i];
    if (!known.is_used) continue;
    streams_[i] = {.ssrc = known.ssrc,
                   .is_used = true,
                   .rtp_hint = known.is_confirmed ? known.rtp.highest : known.rtp_hint};
  }
}

void Unprotector::Restore(std::span<const ReceivedStream> streams) noexcept {
  for (size_t i = 0; i < std::min(streams.size(), streams_.size()); ++i) {
    streams_[i] = streams[i];
    ReceivedStream& stream = streams_[i];
    if (stream.rtp.has_any) stream.rtp.StartAfter(stream.rtp.highest);
    if (stream.rtcp.has_any) stream.rtcp.StartAfter(stream.rtcp.highest);
    uses_ = std::max(uses_, stream.last_use);
  }
}

}  // namespace narada::mixer::srtp
