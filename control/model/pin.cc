#include "control/model/pin.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace narada::control {

std::optional<Pin> Pin::Parse(absl::string_view digits) {
  if (digits.empty() || digits.size() > kDigitsMax) return std::nullopt;
  if (!std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit)) return std::nullopt;
  return Pin(std::string(digits));
}

bool operator==(const Pin& a, const Pin& b) {
  if (a.digits_.size() != b.digits_.size()) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < a.digits_.size(); ++i) {
    difference |=
        static_cast<unsigned char>(a.digits_[i]) ^ static_cast<unsigned char>(b.digits_[i]);
  }
  return difference == 0;
}

}  // namespace narada::control
