#include "sip/message_body.h"

#include <sofia-sip/msg_mime.h>
#include <sofia-sip/msg_mime_protos.h>
#include <sofia-sip/su_alloc.h>

#include "absl/strings/match.h"
#include "sip/text.h"

namespace narada::sip {
namespace {

bool IsSdp(const char* type) {
  return type != nullptr && absl::EqualsIgnoreCase(absl::string_view(type), "application/sdp");
}

absl::string_view PayloadOf(const msg_payload_t* payload) {
  if (payload == nullptr || payload->pl_data == nullptr) return "";
  return absl::string_view(payload->pl_data, payload->pl_len);
}

std::string SdpOfMultipart(const sip_t& message) {
  su_home_t home[1] = {SU_HOME_INIT(home)};
  std::string sdp;
  // The parser writes into its input, so it gets a copy.
  sip_payload_t* copy =
      msg_payload_create(home, message.sip_payload->pl_data, message.sip_payload->pl_len);
  for (const msg_multipart_t* part =
           copy == nullptr ? nullptr : msg_multipart_parse(home, message.sip_content_type, copy);
       part != nullptr && sdp.empty(); part = part->mp_next) {
    if (part->mp_content_type != nullptr && IsSdp(part->mp_content_type->c_type)) {
      sdp = ValidUtf8(PayloadOf(part->mp_payload));
    }
  }
  su_home_deinit(home);
  return sdp;
}

}  // namespace

absl::string_view BodyOf(const sip_t& message) { return PayloadOf(message.sip_payload); }

absl::string_view ContentTypeOf(const sip_t& message) {
  if (message.sip_content_type == nullptr || message.sip_content_type->c_type == nullptr) return "";
  return message.sip_content_type->c_type;
}

SdpBody ReadSdp(const sip_t& message) {
  SdpBody body;
  const absl::string_view payload = BodyOf(message);
  if (payload.empty()) return body;
  const absl::string_view type = ContentTypeOf(message);
  if (message.sip_content_encoding != nullptr) {
    body.refusal_status = 415;
    body.refusal_phrase = "Content-Encoding Not Supported";
  } else if (type.empty()) {
    body.refusal_status = 400;
    body.refusal_phrase = "Missing Content-Type";
  } else if (payload.size() > kSdpBytesMax) {
    body.refusal_status = 413;
    body.refusal_phrase = "Session Description Too Large";
  } else if (absl::EqualsIgnoreCase(type, "application/sdp")) {
    body.sdp = ValidUtf8(payload);
  } else if (absl::StartsWithIgnoreCase(type, "multipart/")) {
    body.sdp = SdpOfMultipart(message);
    if (body.sdp.empty()) {
      body.refusal_status = 415;
      body.refusal_phrase = "No SDP in the Multipart Body";
    }
  } else {
    body.refusal_status = 415;
    body.refusal_phrase = "Unsupported Media Type";
  }
  return body;
}

}  // namespace narada::sip
