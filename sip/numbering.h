#ifndef NARADA_SIP_NUMBERING_H_
#define NARADA_SIP_NUMBERING_H_

#include <string>

#include "absl/strings/string_view.h"

namespace narada::sip {

// How numbers without "+" on our trunks are to be read.
struct NumberingPlan {
  std::string country_code = "48";
  int national_digits = 9;  // Length of a national number without prefix; 0: they vary.
};

// E.164 with "+" from the user part of a SIP or the number of a tel URI, as operators send them:
//   +48608608608, 0048608608608, 48608608608, 608608608, 608-608-608, 608608608;phone-context=+48
// Percent escapes and visual separators (RFC 3966 §5.1.1) are removed. What is no such number, a
// short code or a name, comes back as it was received, unescaped, without parameters and at most
// 64 characters of printable ASCII.
std::string NormaliseNumber(absl::string_view user, const NumberingPlan& plan);

// For logs: "+48******608"; names and short codes are cut alike.
std::string MaskedNumber(absl::string_view number);

}  // namespace narada::sip

#endif  // NARADA_SIP_NUMBERING_H_
