#ifndef NARADA_CONTROL_MODEL_CONFERENCE_H_
#define NARADA_CONTROL_MODEL_CONFERENCE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "control/model/phone_number.h"
#include "control/model/room_number.h"

namespace narada::control {

// What a participant may do.
enum class Role { kParticipant, kPresenter, kModerator };

// One person in the roster.
struct Participant {
  std::string call_id;
  Role role = Role::kParticipant;
  std::optional<PhoneNumber> number;  // Nothing if withheld.
  std::string name;                   // Empty if not known.
  absl::Time joined_at;
  bool is_muted = false;
};

// A meeting under a reservation, from its first participant to its last.
struct Conference {
  std::string id;
  std::string reservation_id;
  RoomNumber room;
  absl::Time started_at;
  absl::Time expires_at;  // Of the reservation; extensions move it.
  std::vector<Participant> participants;

  bool IsAlone() const { return participants.size() == 1; }
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_CONFERENCE_H_
