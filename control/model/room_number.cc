#include "control/model/room_number.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace narada::control {

std::optional<RoomNumber> RoomNumber::Parse(absl::string_view digits) {
  if (digits.empty() || digits.size() > kDigitsMax) return std::nullopt;
  if (!std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit)) return std::nullopt;
  return RoomNumber(std::string(digits));
}

}  // namespace narada::control
