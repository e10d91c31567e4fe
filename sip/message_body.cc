#include "sip/message_body.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "sip/text.h"

namespace narada::sip {
namespace {

bool IsSdp(absl::string_view type) { return absl::EqualsIgnoreCase(type, "application/sdp"); }

absl::string_view PayloadOf(const msg_payload_t* payload) {
  if (payload == nullptr || payload->pl_data == nullptr) return "";
  return absl::string_view(payload->pl_data, payload->pl_len);
}

// The value of a Content-Type's boundary parameter, without quotes; empty if it has none.
absl::string_view BoundaryOf(const sip_content_type_t& type) {
  if (type.c_params == nullptr) return "";
  for (msg_param_t const* parameter = type.c_params; *parameter != nullptr; ++parameter) {
    absl::string_view text = *parameter;
    if (!absl::StartsWithIgnoreCase(text, "boundary=")) continue;
    text.remove_prefix(sizeof("boundary=") - 1);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
      text = text.substr(1, text.size() - 2);
    }
    return text;
  }
  return "";
}

// The first part of a multipart body (RFC 2046 §5.1) that is SDP. Ours, because sofia-sip's parser
// aborts the process on some bodies that a stranger can send (an assertion; seeds/ has one).
std::string SdpOfMultipart(const sip_t& message) {
  const absl::string_view boundary = BoundaryOf(*message.sip_content_type);
  if (boundary.empty()) return "";
  const std::string delimiter = absl::StrCat("--", boundary);
  absl::string_view rest = PayloadOf(message.sip_payload);
  rest.remove_prefix(std::min(rest.find(delimiter), rest.size()));
  while (absl::ConsumePrefix(&rest, delimiter) && !absl::StartsWith(rest, "--")) {
    const size_t size = std::min(rest.find(absl::StrCat("\r\n", delimiter)), rest.size());
    const absl::string_view part = rest.substr(0, size);
    rest.remove_prefix(std::min(size + 2, rest.size()));
    const size_t blank = part.find("\r\n\r\n");
    if (blank == absl::string_view::npos) continue;
    for (absl::string_view line : absl::StrSplit(part.substr(0, blank), "\r\n")) {
      const size_t colon = line.find(':');
      if (colon == absl::string_view::npos) continue;
      const absl::string_view name = absl::StripAsciiWhitespace(line.substr(0, colon));
      const absl::string_view value = line.substr(colon + 1);
      const absl::string_view type = absl::StripAsciiWhitespace(value.substr(0, value.find(';')));
      if (absl::EqualsIgnoreCase(name, "Content-Type") && IsSdp(type)) {
        return ValidUtf8(part.substr(blank + 4));
      }
    }
  }
  return "";
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
  } else if (IsSdp(type)) {
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
