#include "mixer/rtp/drop_reason.h"

namespace narada::mixer::rtp {

const char* DropReasonName(DropReason reason) noexcept {
  switch (reason) {
    case DropReason::kRtpTooShort:
      return "rtp_too_short";
    case DropReason::kRtpTooLong:
      return "rtp_too_long";
    case DropReason::kRtpVersion:
      return "rtp_version";
    case DropReason::kRtpIsRtcp:
      return "rtp_is_rtcp";
    case DropReason::kRtpCsrcList:
      return "rtp_csrc_list";
    case DropReason::kRtpExtension:
      return "rtp_extension";
    case DropReason::kRtpPadding:
      return "rtp_padding";
    case DropReason::kRtcpTooShort:
      return "rtcp_too_short";
    case DropReason::kRtcpTooLong:
      return "rtcp_too_long";
    case DropReason::kRtcpVersion:
      return "rtcp_version";
    case DropReason::kRtcpFirstPacket:
      return "rtcp_first_packet";
    case DropReason::kRtcpLength:
      return "rtcp_length";
    case DropReason::kRtcpPadding:
      return "rtcp_padding";
    case DropReason::kRtcpBody:
      return "rtcp_body";
    case DropReason::kTelephoneEvent:
      return "telephone_event";
    case DropReason::kSourceUntrusted:
      return "source_untrusted";
    case DropReason::kSsrcUnexpected:
      return "ssrc_unexpected";
    case DropReason::kPayloadTypeUnknown:
      return "payload_type_unknown";
    case DropReason::kPayloadInvalid:
      return "payload_invalid";
    case DropReason::kRateLimited:
      return "rate_limited";
    case DropReason::kDuplicate:
      return "duplicate";
    case DropReason::kTooLate:
      return "too_late";
    case DropReason::kTooEarly:
      return "too_early";
    case DropReason::kNotReceiving:
      return "not_receiving";
    case DropReason::kSrtpMalformed:
      return "srtp_malformed";
    case DropReason::kSrtpAuthentication:
      return "srtp_authentication";
    case DropReason::kSrtpReplay:
      return "srtp_replay";
    case DropReason::kSrtpSources:
      return "srtp_sources";
  }
  return "unknown";
}

}  // namespace narada::mixer::rtp
