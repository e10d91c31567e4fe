#ifndef NARADA_TESTS_PHONE_SIP_MESSAGE_H_
#define NARADA_TESTS_PHONE_SIP_MESSAGE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace narada::phone {

// A SIP request or response as the phone needs it: start line, headers in order, body. Compact
// header names are spelled out by Parse. A value.
struct SipMessage {
  bool is_request = true;
  std::string method;       // Of a request; of a response, the method of its CSeq.
  std::string request_uri;  // Requests only.
  int status = 0;           // Responses only.
  std::string reason;       // Responses only.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // The first header of that name in any case; empty if there is none.
  absl::string_view Header(absl::string_view name) const;
  std::vector<std::string> Headers(absl::string_view name) const;  // All, in order.
  void Add(absl::string_view name, absl::string_view value);

  std::string StartLine() const;
  std::string Serialize() const;  // With Content-Length.

  uint32_t CSeqNumber() const;
  std::string Branch() const;  // Of the topmost Via.

  // One whole message. Errors name what is wrong.
  static absl::StatusOr<SipMessage> Parse(absl::string_view text);
};

// The value of `;name=` in a header such as From or Via, or empty.
std::string HeaderParameter(absl::string_view header, absl::string_view name);
// The URI inside of a From, To, Contact or Route header, without <>.
std::string UriOf(absl::string_view header);
// "user" of "sip:user@host:port;x=y"; empty if there is none.
std::string UserOf(absl::string_view uri);
// Host and port of a SIP URI; 5060 where it has none.
std::pair<std::string, uint16_t> HostPortOf(absl::string_view uri);

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_SIP_MESSAGE_H_
