#include "mixer/srtp/protector.h"

#include <algorithm>
#include <array>

#include "mixer/srtp/bytes.h"
#include "mixer/srtp/packet_layout.h"

namespace narada::mixer::srtp {
namespace {

constexpr uint64_t kRtpIndexEnd = uint64_t{1} << 48;
constexpr uint32_t kRtcpIndexEnd = uint32_t{1} << 31;
constexpr uint64_t kJumpEnd = 1 << 15;  // Beyond it a receiver takes the wrong roll-over counter.

}  // namespace

Protector::Protector(const SrtpKeys& keys)
    : keys_(keys),
      fingerprint_(FingerprintOf(keys)),
      traits_(TraitsOf(keys.suite())),
      rtp_(MakeCipher(keys.suite(), DeriveSessionKeys(keys, Protocol::kRtp))),
      rtcp_(MakeCipher(keys.suite(), DeriveSessionKeys(keys, Protocol::kRtcp))) {}

size_t Protector::ProtectRtp(std::span<const uint8_t> header, std::span<const uint8_t> payload,
                             std::span<uint8_t> out) noexcept {
  const size_t plain = header.size() + payload.size();
  if (header.size() < kRtpHeaderSize || out.size() < plain + traits_.rtp_tag_size) return 0;
  const uint16_t number = ReadU16(&header[2]);
  uint64_t index = (indexes_.next_rtp & ~uint64_t{0xffff}) | number;
  if (index < indexes_.next_rtp) index += 0x10000;
  if (indexes_.has_sent_rtp && index - indexes_.next_rtp >= kJumpEnd) return 0;
  if (index >= kRtpIndexEnd) return 0;
  indexes_.has_sent_rtp = true;
  indexes_.next_rtp = index + 1;

  std::copy(header.begin(), header.end(), out.begin());
  std::array<uint8_t, 4> roll_over_counter;
  WriteU32(roll_over_counter.data(), static_cast<uint32_t>(index >> 16));
  PacketParts parts = {.header = header, .body = payload, .trailer = {}};
  if (!traits_.is_aead) parts.trailer = roll_over_counter;  // RFC 3711 §4.2.
  rtp_->Seal({Ssrc(ReadU32(&header[8])), index}, parts, out.data() + header.size(),
             out.subspan(plain, traits_.rtp_tag_size));
  return plain + traits_.rtp_tag_size;
}

size_t Protector::ProtectRtcp(std::span<const uint8_t> compound, std::span<uint8_t> out) noexcept {
  const size_t size = compound.size() + kRtcpIndexSize + traits_.rtcp_tag_size;
  if (compound.size() < kRtcpHeaderSize || out.size() < size) return 0;
  if (indexes_.next_rtcp >= kRtcpIndexEnd) return 0;
  const uint32_t index = indexes_.next_rtcp++;

  std::array<uint8_t, kRtcpIndexSize> word;
  WriteU32(word.data(), kRtcpIsEncrypted | index);
  const PacketParts parts = {.header = compound.first(kRtcpHeaderSize),
                             .body = compound.subspan(kRtcpHeaderSize),
                             .trailer = word};
  // RFC 3711 §3.4: body, index, tag; RFC 7714 §9.2: body, tag, index.
  const size_t tag_at = compound.size() + (traits_.is_aead ? 0 : kRtcpIndexSize);
  const size_t word_at = compound.size() + (traits_.is_aead ? traits_.rtcp_tag_size : 0);
  std::copy_n(compound.begin(), kRtcpHeaderSize, out.begin());
  rtcp_->Seal({Ssrc(ReadU32(&compound[4])), index}, parts, out.data() + kRtcpHeaderSize,
              out.subspan(tag_at, traits_.rtcp_tag_size));
  std::copy(word.begin(), word.end(), out.begin() + static_cast<ptrdiff_t>(word_at));
  return size;
}

void Protector::Resume(const SendIndexes& indexes) noexcept {
  indexes_.has_sent_rtp |= indexes.has_sent_rtp;
  indexes_.next_rtp = std::max(indexes_.next_rtp, indexes.next_rtp);
  indexes_.next_rtcp = std::max(indexes_.next_rtcp, indexes.next_rtcp);
}

}  // namespace narada::mixer::srtp
