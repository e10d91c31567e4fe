#ifndef NARADA_CONTROL_MODEL_CALL_H_
#define NARADA_CONTROL_MODEL_CALL_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "control/model/access_number.h"
#include "control/model/language.h"
#include "control/model/phone_number.h"

namespace narada::control {

// Who calls, as far as the network tells.
struct Caller {
  std::optional<PhoneNumber> number;  // Nothing if unknown or unreadable.
  bool is_withheld = false;  // Privacy was asked for: the number is used for nothing shown.
  std::string trunk;         // Where the call came in: peer name and address.
};

// One phone call, from the signaling's first word to its last.
struct Call {
  std::string id;  // Opaque, given by control.
  Caller caller;
  AccessNumber dialled;
  Language language = Language::kPolish;  // Changes with key 1.
  absl::Time started_at;
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_CALL_H_
