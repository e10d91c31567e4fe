#ifndef NARADA_SIP_MESSAGE_BODY_H_
#define NARADA_SIP_MESSAGE_BODY_H_

#include <sofia-sip/sip.h>

#include <string>

#include "absl/strings/string_view.h"

namespace narada::sip {

// The SDP that a message carries, by itself or as a part of multipart/mixed (as ISUP gateways send
// it). Unread but for its size and its encoding: bytes that are not UTF-8 become '?'.
struct SdpBody {
  int refusal_status = 0;  // 0: fine; 415, 413 or 400 otherwise.
  const char* refusal_phrase = "";
  std::string sdp;  // Empty: there is none.
};
inline constexpr size_t kSdpBytesMax = 16 * 1024;

SdpBody ReadSdp(const sip_t& message);

// The body as it is, and its content type; empty where there is none.
absl::string_view BodyOf(const sip_t& message);
absl::string_view ContentTypeOf(const sip_t& message);

}  // namespace narada::sip

#endif  // NARADA_SIP_MESSAGE_BODY_H_
