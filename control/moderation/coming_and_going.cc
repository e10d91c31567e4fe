// Who comes, goes, is called and is recorded, and what follows for the mixer. (Commands are in
// moderation.cc.)

#include <algorithm>
#include <utility>

#include "control/moderation/moderation.h"
#include "control/moderation/roster.h"

namespace narada::control::moderation {

// ---- Coming and going ---------------------------------------------------------------------------

Conference Begin(std::string id, const ConferenceTerms& terms, int service_participants_max,
                 std::string mixer, absl::Time now) {
  Conference conference{.id = std::move(id),
                        .terms = terms,
                        .started_at = now,
                        .is_lecture = terms.is_lecture,
                        .mixer = std::move(mixer)};
  int& limit = conference.terms.participants_max;
  if (limit <= 0 || limit > service_participants_max) limit = service_participants_max;
  conference.participants_max = limit;
  return conference;
}

std::optional<Refusal> MayJoin(const Conference& conference, const std::string& call_id,
                               int coming) {
  if (conference.Find(call_id) != nullptr) return std::nullopt;  // Called out: has a place.
  if (conference.is_locked) return Refusal::kLocked;
  int present = coming;
  for (const Participant& participant : conference.participants) {
    present += participant.IsPresent() || participant.IsComing() ? 1 : 0;
  }
  if (present >= conference.participants_max) return Refusal::kFull;
  return std::nullopt;
}

Participant Prepare(const Conference& conference, Participant participant, absl::Time now) {
  if (const Participant* known = conference.Find(participant.call_id)) {
    participant.role = known->role;
    participant.name = known->name;
    participant.number = known->number;
    participant.is_dialled = true;
  }
  participant.joined_at = now;
  const bool is_moderator = participant.role == Role::kModerator;
  const bool waits =
      conference.terms.wait_for_moderator && !is_moderator && !conference.HasModerator();
  participant.state = waits ? ParticipantState::kWaiting : ParticipantState::kJoined;
  participant.is_muted = conference.is_all_muted && !is_moderator;
  participant.awaits_notice = conference.recording.status != RecordingStatus::kOff &&
                              conference.terms.is_recording_announced;
  return participant;
}

Step Join(const Conference& conference, Participant participant) {
  Step step{.conference = conference};
  const bool begins = participant.role == Role::kModerator && !conference.HasModerator();
  const bool is_joined = participant.state == ParticipantState::kJoined;
  if (is_joined && conference.JoinedCount() > 0) {
    step.actions.push_back(Sound{PromptKey::kEntryTone, participant.name_prompt_id});
  }
  if (Participant* known = step.conference.Find(participant.call_id)) {
    *known = std::move(participant);
  } else {
    step.conference.participants.push_back(std::move(participant));
  }
  if (begins) EndWaiting(step);
  return step;
}

Step Leave(const Conference& conference, const std::string& call_id) {
  Step step{.conference = conference};
  auto& participants = step.conference.participants;
  const auto left =
      std::find_if(participants.begin(), participants.end(),
                   [&](const Participant& participant) { return participant.call_id == call_id; });
  if (left == participants.end()) return step;
  const bool was_joined = left->state == ParticipantState::kJoined;
  const std::string name_prompt_id = left->name_prompt_id;
  participants.erase(left);
  if (was_joined && step.conference.JoinedCount() > 0) {
    step.actions.push_back(Sound{PromptKey::kExitTone, name_prompt_id});
  }
  const bool lacks_moderator = conference.HasModerator() && !step.conference.HasModerator();
  if (lacks_moderator && conference.terms.end_without_moderator &&
      step.conference.JoinedCount() > 0) {
    step.actions.push_back(StartGrace{});
  }
  return step;
}

Step LackOfModerator(const Conference& conference) {
  Step step{.conference = conference};
  if (conference.HasModerator()) return step;
  for (const Participant& participant : conference.participants) {
    if (participant.IsPresent()) {
      step.actions.push_back(Expel{participant.call_id, Expel::Why::kEnded});
    } else {
      step.actions.push_back(CancelDial{participant.call_id});
    }
  }
  return step;
}

Step DialProgress(const Conference& conference, const std::string& call_id, ParticipantState state,
                  const std::string& failure) {
  Step step{.conference = conference};
  Participant* participant = step.conference.Find(call_id);
  if (participant == nullptr || participant->IsPresent()) return step;
  participant->state = state;
  participant->failure = failure;
  if (state != ParticipantState::kFailed) return step;
  std::vector<std::string> moderators = ModeratorsBut(step.conference, "");
  if (!moderators.empty()) {
    step.actions.push_back(Announce{std::move(moderators), {{.key = PromptKey::kCallOutFailed}}});
  }
  return step;
}

// ---- Recording ----------------------------------------------------------------------------------

Step RecordingSwitched(const Conference& conference, const SwitchRecording& what, absl::Time now) {
  Step step{.conference = conference};
  RecordingState& recording = step.conference.recording;
  recording.is_changing = false;
  recording.before = recording.Recorded(now);
  recording.since = now;
  PromptKey words = PromptKey::kRecordingStarted;
  using What = ControlRecording::What;
  switch (what.what) {
    case What::kStart:
      recording = {.status = RecordingStatus::kRunning, .id = what.recording_id, .since = now};
      break;
    case What::kPause:
      recording.status = RecordingStatus::kPaused;
      words = PromptKey::kRecordingPaused;
      break;
    case What::kResume:
      recording.status = RecordingStatus::kRunning;
      words = PromptKey::kRecordingResumed;
      break;
    case What::kStop:
      recording = {};
      words = PromptKey::kRecordingStopped;
      for (Participant& participant : step.conference.participants) {
        participant.awaits_notice = false;
      }
      break;
  }
  if (conference.terms.is_recording_announced) {
    step.actions.push_back(Announce{Present(step.conference), {{.key = words}}});
  }
  return step;
}

Step RecordingNotSwitched(const Conference& conference) {
  Step step{.conference = conference};
  step.conference.recording.is_changing = false;
  return step;
}

Step NoticeHeard(const Conference& conference, const std::string& call_id) {
  Step step{.conference = conference};
  if (Participant* participant = step.conference.Find(call_id)) participant->awaits_notice = false;
  return step;
}

// ---- What follows for the mixer -----------------------------------------------------------------

LegSettings LegSettingsOf(const Participant& participant) {
  return {.is_muted = IsMuted(participant) || participant.awaits_notice,
          .is_deaf = participant.is_deaf,
          .is_held = participant.is_held || participant.state == ParticipantState::kWaiting,
          .is_presenter = participant.role != Role::kParticipant,
          .gain_db = participant.gain_db,
          .group_id = participant.group_id};
}

RoomSettings RoomSettingsOf(const Conference& conference) {
  return {.is_lecture = conference.is_lecture, .groups = conference.groups};
}

std::vector<std::string> HandsOf(const Conference& conference) {
  std::vector<const Participant*> raised;
  for (const Participant& participant : conference.participants) {
    if (participant.hand_raised_at) raised.push_back(&participant);
  }
  std::stable_sort(raised.begin(), raised.end(), [](const Participant* a, const Participant* b) {
    return *a->hand_raised_at < *b->hand_raised_at;
  });
  std::vector<std::string> ids;
  for (const Participant* participant : raised) ids.push_back(participant->call_id);
  return ids;
}

}  // namespace narada::control::moderation
