// Whatever a stranger sends as SIP, what the gateway takes from it can be told to control and logged:
// valid UTF-8, bounded, without control characters.
#include <sofia-sip/msg.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "sip/caller.h"
#include "sip/digits.h"
#include "sip/message_body.h"
#include "sip/text.h"

namespace narada::sip {
namespace {

void CheckNumber(const std::string& number) {
  CHECK(number.size() <= 64) << "a number without bound";
  CHECK(std::all_of(number.begin(), number.end(), [](char c) { return c >= 0x20 && c < 0x7F; }))
      << "a number that could break a line of log";
}

void Check(const sip_t& message) {
  const NumberingPlan plan;
  if (message.sip_request != nullptr && message.sip_to != nullptr) {
    CheckNumber(ReadCalledNumber(message, plan));
  }
  if (message.sip_from != nullptr) {
    for (const bool is_trusted : {false, true}) {
      const Caller caller = ReadCaller(message, is_trusted, plan);
      CheckNumber(caller.number);
      CHECK(ValidUtf8(caller.name) == caller.name) << "a name that is not UTF-8";
    }
  }
  const SdpBody body = ReadSdp(message);
  CHECK(body.refusal_status == 0 || body.sdp.empty()) << "refused and used";
  CHECK(body.sdp.size() <= kSdpBytesMax) << "SDP without bound";
  CHECK(ValidUtf8(body.sdp) == body.sdp) << "SDP that is not UTF-8";
  const absl::optional<char> digit = DigitFromInfo(ContentTypeOf(message), BodyOf(message));
  CHECK(!digit.has_value() ||
        absl::string_view("0123456789*#ABCD").find(*digit) != absl::string_view::npos)
      << "a digit that no telephone has";
}

}  // namespace
}  // namespace narada::sip

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  msg_t* message = msg_make(sip_default_mclass(), 0, data, static_cast<ssize_t>(size));
  if (message == nullptr) return 0;
  if (const sip_t* sip = sip_object(message); sip != nullptr) narada::sip::Check(*sip);
  msg_destroy(message);
  return 0;
}
