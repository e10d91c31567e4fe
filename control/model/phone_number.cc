#include "control/model/phone_number.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace narada::control {
namespace {

constexpr size_t kE164DigitsMin = 5;
constexpr size_t kE164DigitsMax = 15;

// Country codes we group: all of one and two digits that Europe and North America meet often.
// A prefix code: no entry begins another.
constexpr std::array<absl::string_view, 26> kCountryCodes = {
    "1",   "20",  "27", "30", "31", "32", "33", "34", "36", "380", "39",  "40",  "41",
    "420", "421", "43", "44", "45", "46", "47", "48", "49", "353", "370", "371", "372"};

// Poland's mobile ranges, as the regulator's numbering table (PNK-T) assigns them.
constexpr std::array<absl::string_view, 13> kPolishMobilePrefixes = {
    "+4845", "+4850", "+4851", "+4853", "+4857", "+4860", "+4866",
    "+4869", "+4872", "+4873", "+4878", "+4879", "+4888"};

bool IsSeparator(char c) {
  return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/';
}

std::string WithoutSeparators(absl::string_view text) {
  std::string plain;
  for (char c : text) {
    if (!IsSeparator(c)) plain.push_back(c);
  }
  return plain;
}

bool AllDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

absl::string_view CountryCodeOf(absl::string_view digits) {
  for (absl::string_view code : kCountryCodes) {
    if (absl::StartsWith(digits, code)) return code;
  }
  return {};
}

}  // namespace

std::optional<PhoneNumber> PhoneNumber::FromE164(absl::string_view text) {
  std::string plain = WithoutSeparators(text);
  absl::string_view digits = plain;
  if (!absl::ConsumePrefix(&digits, "+") || !AllDigits(digits)) return std::nullopt;
  if (digits.size() < kE164DigitsMin || digits.size() > kE164DigitsMax) return std::nullopt;
  if (digits.front() == '0') return std::nullopt;
  return PhoneNumber(std::move(plain));
}

std::string PhoneNumber::Grouped() const {
  absl::string_view digits = absl::string_view(e164_).substr(1);
  const absl::string_view code = CountryCodeOf(digits);
  digits.remove_prefix(code.size());
  std::string grouped = absl::StrCat("+", code);
  // Groups of three; a rest of one digit would look lost, so the last four stand together.
  while (!digits.empty()) {
    const size_t take = digits.size() == 4 ? 4 : std::min<size_t>(3, digits.size());
    if (grouped != "+") grouped.push_back(' ');
    absl::StrAppend(&grouped, digits.substr(0, take));
    digits.remove_prefix(take);
  }
  return grouped;
}

std::string PhoneNumber::Masked() const {
  constexpr size_t kShownAtEnd = 3;
  const absl::string_view digits = absl::string_view(e164_).substr(1);
  absl::string_view code = CountryCodeOf(digits);
  const size_t hidden = digits.size() - std::min(digits.size(), code.size() + kShownAtEnd);
  return absl::StrCat("+", code, std::string(hidden, '*'),
                      digits.substr(digits.size() - std::min(digits.size(), kShownAtEnd)));
}

NumberingPlan::NumberingPlan() : NumberingPlan(Options()) {}

NumberingPlan::NumberingPlan(Options options) : options_(std::move(options)) {
  if (options_.mobile_prefixes.empty() && options_.country_code == "48") {
    for (absl::string_view prefix : kPolishMobilePrefixes) {
      options_.mobile_prefixes.emplace_back(prefix);
    }
  }
}

std::optional<PhoneNumber> NumberingPlan::FromDialled(absl::string_view text) const {
  const std::string plain = WithoutSeparators(text);
  absl::string_view digits = plain;
  if (absl::StartsWith(digits, "+")) return PhoneNumber::FromE164(digits);
  if (!AllDigits(digits)) return std::nullopt;
  if (absl::ConsumePrefix(&digits, options_.international_prefix)) {
    return PhoneNumber::FromE164(absl::StrCat("+", digits));
  }
  const size_t national = static_cast<size_t>(options_.national_digits);
  absl::string_view without_trunk = digits;
  if (!options_.trunk_prefix.empty() &&
      absl::ConsumePrefix(&without_trunk, options_.trunk_prefix) &&
      without_trunk.size() == national) {
    return PhoneNumber::FromE164(absl::StrCat("+", options_.country_code, without_trunk));
  }
  if (digits.size() == national) {
    return PhoneNumber::FromE164(absl::StrCat("+", options_.country_code, digits));
  }
  if (digits.size() == national + options_.country_code.size() &&
      absl::StartsWith(digits, options_.country_code)) {
    return PhoneNumber::FromE164(absl::StrCat("+", digits));
  }
  return std::nullopt;
}

bool NumberingPlan::IsMobile(const PhoneNumber& number) const {
  return std::any_of(
      options_.mobile_prefixes.begin(), options_.mobile_prefixes.end(),
      [&](const std::string& prefix) { return absl::StartsWith(number.e164(), prefix); });
}

bool NumberingPlan::IsWholeNationalMobile(absl::string_view digits) const {
  if (absl::StartsWith(digits, options_.international_prefix)) return false;
  const std::optional<PhoneNumber> number = FromDialled(digits);
  if (!number || !IsMobile(*number)) return false;
  // With the country code it may still be the beginning of something else; those end with '#'.
  return digits.size() ==
         static_cast<size_t>(options_.national_digits) +
             (absl::StartsWith(digits, options_.trunk_prefix) ? options_.trunk_prefix.size() : 0);
}

std::string NumberingPlan::ForSpeaking(const PhoneNumber& number) const {
  absl::string_view digits = absl::string_view(number.e164()).substr(1);
  absl::string_view national = digits;
  if (absl::ConsumePrefix(&national, options_.country_code) &&
      national.size() == static_cast<size_t>(options_.national_digits)) {
    return absl::StrCat(options_.trunk_prefix, national);
  }
  return absl::StrCat(options_.international_prefix, digits);
}

}  // namespace narada::control
