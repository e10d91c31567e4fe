#include "control/model/account.h"

#include "absl/strings/match.h"

namespace narada::control {

bool IsPermanentRoomId(const std::string& id) { return absl::StartsWith(id, "room-"); }

}  // namespace narada::control
