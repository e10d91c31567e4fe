// Looks into a conference's roster that the parts of moderation share.

#ifndef NARADA_CONTROL_MODERATION_ROSTER_H_
#define NARADA_CONTROL_MODERATION_ROSTER_H_

#include <string>
#include <vector>

#include "control/model/conference.h"
#include "control/moderation/moderation.h"

namespace narada::control::moderation {

inline bool IsMuted(const Participant& participant) {
  return participant.is_muted || participant.is_self_muted;
}

inline std::vector<std::string> Present(const Conference& conference) {
  std::vector<std::string> ids;
  for (const Participant& participant : conference.participants) {
    if (participant.IsPresent()) ids.push_back(participant.call_id);
  }
  return ids;
}

inline std::vector<std::string> ModeratorsBut(const Conference& conference,
                                              const std::string& call_id) {
  std::vector<std::string> ids;
  for (const Participant& participant : conference.participants) {
    if (participant.role == Role::kModerator && participant.IsPresent() &&
        participant.call_id != call_id) {
      ids.push_back(participant.call_id);
    }
  }
  return ids;
}

// A moderator is here: nobody waits any more.
inline void EndWaiting(Step& step) {
  for (Participant& waiting : step.conference.participants) {
    if (waiting.state != ParticipantState::kWaiting) continue;
    waiting.state = ParticipantState::kJoined;
    step.actions.push_back(
        TellHold{waiting.call_id, LegSettingsOf(waiting).is_held, PromptKey::kModeratorJoined});
  }
}

}  // namespace narada::control::moderation

#endif  // NARADA_CONTROL_MODERATION_ROSTER_H_
