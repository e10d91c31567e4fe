#ifndef NARADA_SIP_REFUSAL_H_
#define NARADA_SIP_REFUSAL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "sip/call_messages.h"

namespace narada::sip {

// A SIP response that says no, and why, to people and to programs.
struct Refusal {
  int status = 480;
  const char* phrase = "";  // A literal: the stack keeps the pointer.
  std::string warning;      // Value of a Warning header (RFC 3261 §20.43); empty: none.
  std::string retry_after;  // Value of a Retry-After header; empty: none.
};

// Status by reason: 404 unknown number, 486 busy, 488 media, 503 overload, 403 forbidden, 500
// fault, 400 unreadable media, else 480. `host` names us in the Warning.
Refusal RefusalFor(RefusalReason reason, absl::string_view text, absl::Duration retry_after,
                   absl::string_view host);

// Why a call of ours was refused (RFC 3261 §21, RFC 3398 §8.2.6 for the sense of each).
EndReason EndReasonForStatus(int status);

// Value of a Reason header for our BYE (RFC 3326), Q.850 cause and text.
std::string ReasonHeaderFor(HangupReason reason);

// `text` as it may stand in a quoted string of a header: printable ASCII without quotes.
std::string HeaderText(absl::string_view text);

}  // namespace narada::sip

#endif  // NARADA_SIP_REFUSAL_H_
