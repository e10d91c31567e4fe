#ifndef NARADA_SIP_DIGITS_H_
#define NARADA_SIP_DIGITS_H_

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace narada::sip {

// The key in the body of a SIP INFO, by content type (case and parameters do not matter):
//   application/dtmf-relay   "Signal=5\r\nDuration=160"   (also "Signal= 5", event numbers 10-15)
//   application/dtmf         "5"                          (also event numbers 10-15)
// Nothing for another type or body. Returns one of 0-9 * # A-D.
absl::optional<char> DigitFromInfo(absl::string_view content_type, absl::string_view body);

// Whether the content type is one of the two, so that a bad body is the sender's fault.
bool IsDigitInfo(absl::string_view content_type);

}  // namespace narada::sip

#endif  // NARADA_SIP_DIGITS_H_
