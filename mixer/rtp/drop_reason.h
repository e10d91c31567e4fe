// Why a datagram was not used. Each leg counts per reason; nothing is logged per packet.
//   drops_[static_cast<size_t>(packet.error())]++;
//   response.drops[DropReasonName(reason)] = count;      // "rtp_version", "source_untrusted", ...
#ifndef NARADA_MIXER_RTP_DROP_REASON_H_
#define NARADA_MIXER_RTP_DROP_REASON_H_

#include <cstddef>
#include <cstdint>
#include <ostream>

namespace narada::mixer::rtp {

enum class DropReason : uint8_t {
  // Found by PacketView::Parse.
  kRtpTooShort,   // Shorter than the fixed header of 12 bytes.
  kRtpTooLong,    // Longer than kDatagramSizeMax: no audio packet is.
  kRtpVersion,    // Not version 2: STUN, DTLS, ZRTP, noise.
  kRtpIsRtcp,     // An RTCP packet on the RTP port without rtcp-mux (RFC 5761 §4).
  kRtpCsrcList,   // The CSRC count points past the end.
  kRtpExtension,  // The header extension points past the end.
  kRtpPadding,    // The padding count is zero or larger than what follows the header.
  // Found by RtcpCompound::Parse.
  kRtcpTooShort,     // Shorter than the smallest RTCP packet of 8 bytes.
  kRtcpTooLong,      // Longer than kDatagramSizeMax.
  kRtcpVersion,      // A packet within is not version 2.
  kRtcpFirstPacket,  // Begins with no type of RTCP packet (200-207).
  kRtcpLength,       // The lengths of the packets do not add up to the datagram.
  kRtcpPadding,      // Padding elsewhere than in the last packet, or a bad count.
  kRtcpBody,         // A packet within is shorter than its counts say.
  // Found by TelephoneEvent::Parse.
  kTelephoneEvent,  // Shorter than four bytes.
  // Decided by the leg.
  kSourceUntrusted,  // Not the address this leg listens to.
  kSsrcUnexpected,   // A second stream from the same source.
  kPayloadTypeUnknown,
  kPayloadInvalid,  // The codec cannot have made it.
  kRateLimited,     // More than a phone sends; or, with SRTP, than strangers are tried.
  kDuplicate,
  kTooLate,       // Its turn has been played.
  kTooEarly,      // Beyond what the jitter buffer holds.
  kNotReceiving,  // The leg's direction does not let it be heard.
  // Found by taking the protection of SRTP off.
  kSrtpMalformed,       // Too short to be protected, or no RTP or RTCP.
  kSrtpAuthentication,  // Not made with the leg's key: forged, changed, plain.
  kSrtpReplay,          // Taken before, or too old to tell.
  kSrtpSources,         // More SSRCs under one key than a call has.
};

inline constexpr size_t kDropReasonCount = static_cast<size_t>(DropReason::kSrtpSources) + 1;

// Larger datagrams are refused: Ethernet carries 1,472 bytes, and no codec of ours needs more.
inline constexpr size_t kDatagramSizeMax = 1500;

// As in the API's LegStatistics.drops and in metrics; static storage.
const char* DropReasonName(DropReason reason) noexcept;

inline std::ostream& operator<<(std::ostream& out, DropReason reason) {
  return out << DropReasonName(reason);
}

}  // namespace narada::mixer::rtp

#endif  // NARADA_MIXER_RTP_DROP_REASON_H_
