#ifndef NARADA_CONTROL_MODEL_PIN_H_
#define NARADA_CONTROL_MODEL_PIN_H_

#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace narada::control {

// The secret that opens a room: 1 to 16 decimal digits. It prints as "****" whatever its length,
// and has no other way out than Reveal(), which is easy to search for in a review.
class Pin {
 public:
  static constexpr size_t kDigitsMax = 16;

  static std::optional<Pin> Parse(absl::string_view digits);

  // The digits, for speaking them, for the SMS and for the keyed store. Never for a log.
  const std::string& Reveal() const { return digits_; }

  // Compares in a time that depends on the lengths only, so that an answer's delay tells nothing.
  friend bool operator==(const Pin& a, const Pin& b);

  friend std::ostream& operator<<(std::ostream& out, const Pin&) { return out << "****"; }

 private:
  explicit Pin(std::string digits) : digits_(std::move(digits)) {}

  std::string digits_;
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_PIN_H_
