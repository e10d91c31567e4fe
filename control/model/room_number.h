#ifndef NARADA_CONTROL_MODEL_ROOM_NUMBER_H_
#define NARADA_CONTROL_MODEL_ROOM_NUMBER_H_

#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace narada::control {

// The number a caller keys to name a room: 1 to 12 decimal digits; leading zeros count, so
// "01234" is not "1234". Half of the secret, not the secret: it may be printed.
class RoomNumber {
 public:
  static constexpr size_t kDigitsMax = 12;

  static std::optional<RoomNumber> Parse(absl::string_view digits);

  const std::string& digits() const { return digits_; }

  friend bool operator==(const RoomNumber&, const RoomNumber&) = default;
  friend auto operator<=>(const RoomNumber&, const RoomNumber&) = default;
  friend std::ostream& operator<<(std::ostream& out, const RoomNumber& room) {
    return out << room.digits_;
  }
  template <typename H>
  friend H AbslHashValue(H h, const RoomNumber& room) {
    return H::combine(std::move(h), room.digits_);
  }

 private:
  explicit RoomNumber(std::string digits) : digits_(std::move(digits)) {}

  std::string digits_;
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_ROOM_NUMBER_H_
