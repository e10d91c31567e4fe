#ifndef NARADA_CONTROL_MODEL_PHONE_NUMBER_H_
#define NARADA_CONTROL_MODEL_PHONE_NUMBER_H_

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace narada::control {

// A telephone number in E.164 form, such as +48608608608. It prints masked (+48******608), so a
// log cannot leak it; whoever really needs the digits asks for e164() or Grouped().
class PhoneNumber {
 public:
  // Takes "+", then 5 to 15 digits of which the first is not 0 (E.164 §6; emergency and service
  // codes are not phone numbers here). Spaces, hyphens, dots and parentheses between are ignored.
  static std::optional<PhoneNumber> FromE164(absl::string_view text);

  // "+48608608608".
  const std::string& e164() const { return e164_; }

  // As people write it: "+48 608 608 608". Country codes that we do not know are not split off.
  std::string Grouped() const;

  // "+48******608": country and last three digits, enough to tell calls apart.
  std::string Masked() const;

  friend bool operator==(const PhoneNumber&, const PhoneNumber&) = default;
  friend auto operator<=>(const PhoneNumber&, const PhoneNumber&) = default;
  friend std::ostream& operator<<(std::ostream& out, const PhoneNumber& number) {
    return out << number.Masked();
  }
  template <typename H>
  friend H AbslHashValue(H h, const PhoneNumber& number) {
    return H::combine(std::move(h), number.e164_);
  }

 private:
  explicit PhoneNumber(std::string e164) : e164_(std::move(e164)) {}

  std::string e164_;
};

// How people in the service's home country dial, and which numbers can take an SMS.
//   NumberingPlan plan;  // Poland, unless configured otherwise
//   plan.FromDialled("608 608 608");   // +48608608608
//   plan.FromDialled("004930123456");  // +4930123456
//   plan.IsMobile(number);             // goes the SMS there without asking?
class NumberingPlan {
 public:
  struct Options {
    std::string country_code = "48";
    int national_digits = 9;  // Length of a national number, without the trunk prefix.
    std::string international_prefix = "00";
    std::string trunk_prefix;                  // Dialled before national numbers; none in Poland.
    std::vector<std::string> mobile_prefixes;  // E.164 with "+"; empty: Poland's mobile ranges.
  };

  NumberingPlan();
  explicit NumberingPlan(Options options);

  // Reads a number as a trunk delivers or a caller keys it: E.164 with "+", with the
  // international prefix, country code and national number without "+", or a national number.
  // Nothing if it is none of these.
  std::optional<PhoneNumber> FromDialled(absl::string_view text) const;

  // True if the number lies in a mobile range, so that it can receive an SMS.
  bool IsMobile(const PhoneNumber& number) const;

  // The beginnings of the mobile ranges, as E.164.
  const std::vector<std::string>& mobile_prefixes() const { return options_.mobile_prefixes; }

  // True if these digits are a mobile number as people here dial it, with nothing left to key.
  bool IsWholeNationalMobile(absl::string_view digits) const;

  // The digits that people here would dial: "608608608" at home, "004930123456" abroad.
  std::string ForSpeaking(const PhoneNumber& number) const;

 private:
  Options options_;
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_PHONE_NUMBER_H_
