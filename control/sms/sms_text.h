// A message's text as the parts that leave: in the GSM alphabet if it fits (3GPP TS 23.038 §6.2.1, with
// the extension table), in UCS-2 otherwise; one part, or several that the phone puts together again
// (3GPP TS 23.040 §9.2.3.24.1).
//
//   const SplitText split = SplitSms("Zapraszam na telekonferencję ...");
//   split.alphabet;       // kUcs2
//   split.parts[0];       // octets, without the header that numbers the part
//   split.remaining;      // what the last part still has room for
//
// A character of two septets (extension) or two units (outside the BMP) is never cut in two.
#ifndef NARADA_CONTROL_SMS_SMS_TEXT_H_
#define NARADA_CONTROL_SMS_SMS_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace narada::control::sms {

enum class Alphabet { kGsm7, kUcs2 };
// "gsm7", "ucs2".
absl::string_view AlphabetName(Alphabet alphabet);

// What fits: a message of one part, and each part of a longer one. In septets or UCS-2 units.
inline constexpr int kGsm7Single = 160;
inline constexpr int kGsm7Part = 153;
inline constexpr int kUcs2Single = 70;
inline constexpr int kUcs2Part = 67;
// The header numbers parts with an octet.
inline constexpr size_t kPartsMax = 255;

struct SplitText {
  Alphabet alphabet = Alphabet::kGsm7;
  // At least one. GSM: one septet an octet, as SMSCs take it. UCS-2: big-endian.
  std::vector<std::string> parts;
  int remaining = 0;  // Septets or units that the last part can still take.
};

// `utf8` that is not well-formed keeps its good characters; the others become "?".
SplitText SplitSms(absl::string_view utf8);

// The header of part `number` (from 1) of `parts` that `reference` holds together.
std::string PartHeader(uint8_t reference, int parts, int number);

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_SMS_TEXT_H_
