#ifndef NARADA_SIP_CALLER_H_
#define NARADA_SIP_CALLER_H_

#include <sofia-sip/sip.h>

#include <string>

#include "sip/numbering.h"

namespace narada::sip {

// Who calls, read from an INVITE as operators send it.
struct Caller {
  std::string number;  // E.164 with "+" where it is one; empty: unknown.
  bool is_withheld = false;
  std::string name;  // UTF-8, untrusted.
};

// From a trusted peer the first P-Asserted-Identity with a number counts (RFC 3325 §9.1), else
// From. Privacy "id", "user", "header" or "critical" withholds the number, and so does an anonymous
// From (RFC 3323 §4.1.1.3); a trusted network still tells it, for limits and reports.
// Diversion and History-Info are not read: a call forwarded to us is its caller's.
Caller ReadCaller(const sip_t& invite, bool is_peer_trusted, const NumberingPlan& plan);

// Whom the call is for: the user of the Request-URI, else of To.
std::string ReadCalledNumber(const sip_t& invite, const NumberingPlan& plan);

}  // namespace narada::sip

#endif  // NARADA_SIP_CALLER_H_
