#include "sip/numbering.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace narada::sip {
namespace {

constexpr size_t kE164DigitsMin = 5;
constexpr size_t kE164DigitsMax = 15;
constexpr size_t kNameMax = 64;

bool IsDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

bool IsE164(absl::string_view digits) {
  return IsDigits(digits) && digits[0] != '0' && digits.size() >= kE164DigitsMin &&
         digits.size() <= kE164DigitsMax;
}

std::string Unescaped(absl::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() &&
        absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) &&
        absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2]))) {
      plain += absl::HexStringToBytes(text.substr(i + 1, 2));
      i += 2;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

std::string WithoutSeparators(absl::string_view text) {
  std::string plain;
  for (char c : text) {
    if (!absl::StrContains("-.() ", absl::string_view(&c, 1))) plain.push_back(c);
  }
  return plain;
}

}  // namespace

std::string NormaliseNumber(absl::string_view user, const NumberingPlan& plan) {
  const std::string unescaped = Unescaped(user);
  const absl::string_view whole(unescaped);
  const absl::string_view name = whole.substr(0, whole.find(';'));
  std::string number = WithoutSeparators(name);
  for (absl::string_view parameter : absl::StrSplit(whole, ';')) {
    // RFC 3966 §5.1.5: a local number is to be read within this context.
    if (!absl::ConsumePrefix(&parameter, "phone-context=+")) continue;
    const std::string global = absl::StrCat(parameter, number);
    if (IsDigits(number) && IsE164(global)) {
      return absl::StrCat("+", global);
    }
  }
  absl::string_view digits = number;
  if (absl::ConsumePrefix(&digits, "+")) {
    if (IsE164(digits)) return number;
  } else if (absl::ConsumePrefix(&digits, "00")) {
    if (IsE164(digits)) return absl::StrCat("+", digits);
  } else if (IsE164(digits) && plan.national_digits > 0) {
    const size_t national = static_cast<size_t>(plan.national_digits);
    if (digits.size() == national) return absl::StrCat("+", plan.country_code, digits);
    if (digits.size() == plan.country_code.size() + national &&
        absl::StartsWith(digits, plan.country_code)) {
      return absl::StrCat("+", digits);
    }
  }
  std::string as_received(name.substr(0, kNameMax));
  std::replace_if(
      as_received.begin(), as_received.end(), [](char c) { return c < 0x20 || c >= 0x7F; }, '?');
  return as_received;
}

std::string MaskedNumber(absl::string_view number) {
  constexpr size_t kHead = 3;
  constexpr size_t kTail = 3;
  if (number.empty()) return "(none)";
  if (number.size() <= kHead + kTail) return std::string(number.size(), '*');
  return absl::StrCat(number.substr(0, kHead), std::string(number.size() - kHead - kTail, '*'),
                      number.substr(number.size() - kTail));
}

}  // namespace narada::sip
