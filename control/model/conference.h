#ifndef NARADA_CONTROL_MODEL_CONFERENCE_H_
#define NARADA_CONTROL_MODEL_CONFERENCE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/model/call_quality.h"
#include "control/model/conference_terms.h"
#include "control/model/language.h"
#include "control/model/leg_settings.h"
#include "control/model/phone_number.h"
#include "control/model/room_number.h"

namespace narada::control {

// What a participant may do.
enum class Role { kParticipant, kPresenter, kModerator };

enum class ParticipantState {
  kDialling,    // Being called out.
  kRinging,     // The same, and it rings.
  kConfirming,  // Answered, and has not pressed 1 yet.
  kWaiting,     // For the moderator.
  kJoined,
  kFailed,  // A call out that did not come about; `failure` says why.
};

// One person in the roster.
struct Participant {
  std::string call_id;  // The participant's id, too.
  Role role = Role::kParticipant;
  ParticipantState state = ParticipantState::kJoined;
  std::optional<PhoneNumber> number;  // Nothing if withheld.
  std::string name;                   // Empty if not known; untrusted text.
  std::string name_prompt_id;         // Their name in their own voice, at the mixer; empty: none.
  Language language = Language::kPolish;
  absl::Time joined_at;
  bool is_muted = false;       // By a moderator, who alone lifts it.
  bool is_self_muted = false;  // By the participant's own key.
  bool is_deaf = false;
  bool is_held = false;                      // By a moderator.
  double gain_db = 0;                        // -40 to +20.
  std::string group_id;                      // "" is the whole room.
  std::optional<absl::Time> hand_raised_at;  // Nothing: the hand is down.
  bool is_speaking = false;
  bool is_dialled = false;  // Called out by us.
  // Has yet to be told that a recording runs, and is not heard until then.
  bool awaits_notice = false;
  std::string failure;  // "busy", "no answer", ...

  // In the room or before its door: has a leg there.
  bool IsPresent() const {
    return state == ParticipantState::kJoined || state == ParticipantState::kWaiting;
  }
  // On the way in by a call of ours.
  bool IsComing() const {
    return state == ParticipantState::kDialling || state == ParticipantState::kRinging ||
           state == ParticipantState::kConfirming;
  }
  std::optional<CallQuality> quality;  // Of what they say; nothing until it was measured.
  bool operator==(const Participant&) const = default;
};

enum class RecordingStatus { kOff, kRunning, kPaused };

// The recording of a conference, while it is one.
struct RecordingState {
  RecordingStatus status = RecordingStatus::kOff;
  std::string id;            // [a-z0-9_-]{1,64}; empty while off.
  absl::Time since;          // Started, or went on, or was paused.
  absl::Duration before;     // Recorded until then.
  bool is_changing = false;  // The mixer was told and has not answered.
  bool operator==(const RecordingState&) const = default;

  absl::Duration Recorded(absl::Time now) const {
    return status == RecordingStatus::kRunning ? before + (now - since) : before;
  }
};

// A meeting under a reservation or in a permanent room, from its first participant to its last.
struct Conference {
  std::string id;
  ConferenceTerms terms;
  absl::Time started_at;
  std::vector<Participant> participants;  // In the order in which they came.
  bool is_locked = false;                 // Nobody new gets in, but by a moderator's call.
  bool is_lecture = false;                // Only presenters and moderators are heard.
  bool is_all_muted = false;              // MuteAll holds for those who come later as well.
  int participants_max = 0;
  std::vector<Group> groups;
  RecordingState recording;
  std::string mixer;  // Address of the mixer that carries it.

  const Participant* Find(absl::string_view call_id) const {
    for (const Participant& participant : participants) {
      if (participant.call_id == call_id) return &participant;
    }
    return nullptr;
  }
  Participant* Find(absl::string_view call_id) {
    return const_cast<Participant*>(static_cast<const Conference*>(this)->Find(call_id));
  }
  // Those who are in: neither waiting nor being called.
  int JoinedCount() const {
    int count = 0;
    for (const Participant& participant : participants) {
      count += participant.state == ParticipantState::kJoined ? 1 : 0;
    }
    return count;
  }
  bool HasModerator() const {
    for (const Participant& participant : participants) {
      if (participant.role == Role::kModerator && participant.IsPresent()) return true;
    }
    return false;
  }
  bool operator==(const Conference&) const = default;
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_CONFERENCE_H_
