#ifndef NARADA_CONTROL_MODEL_CONFERENCE_H_
#define NARADA_CONTROL_MODEL_CONFERENCE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "control/model/language.h"
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
  Language language = Language::kPolish;
  absl::Time joined_at;
  bool is_muted = false;       // By a moderator, who alone lifts it.
  bool is_self_muted = false;  // By the participant's own key.
  bool is_speaking = false;
  bool operator==(const Participant&) const = default;
};

// A meeting under a reservation, from its first participant to its last.
struct Conference {
  std::string id;
  std::string reservation_id;
  RoomNumber room;
  absl::Time started_at;
  absl::Time expires_at;                  // Of the reservation; extensions move it.
  std::vector<Participant> participants;  // In the order in which they joined.
  bool is_locked = false;                 // Nobody new gets in.
  std::string mixer;                      // Address of the mixer that carries it.

  bool IsAlone() const { return participants.size() == 1; }
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_CONFERENCE_H_
