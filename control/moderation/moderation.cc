#include "control/moderation/moderation.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/moderation/roster.h"

namespace narada::control::moderation {
namespace {

constexpr double kGainDbMin = -40;
constexpr double kGainDbMax = 20;
constexpr size_t kGroupsMax = 31;  // And the one without a name: 32 at the mixer.
constexpr size_t kGroupIdBytesMax = 64;
constexpr size_t kNameBytesMax = 128;
constexpr size_t kNumbersMax = 500;
constexpr int kRetriesMax = 5;
// Of those whom a roll call names: more would be a playback longer than the mixer takes, and than anybody
// listens to.
constexpr int kNamedMax = 12;

absl::Status NotModerator() {
  return ErrorWithReason(absl::StatusCode::kPermissionDenied, "NOT_MODERATOR",
                         "only a moderator of this conference may do this");
}

absl::Status UnknownParticipant() {
  return ErrorWithReason(absl::StatusCode::kNotFound, "PARTICIPANT_UNKNOWN",
                         "nobody of this id is in the conference");
}

absl::Status WrongRecordingState(absl::string_view message) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "RECORDING_STATE", message);
}

bool IsGroupId(const std::string& id) {
  return id.size() <= kGroupIdBytesMax && std::all_of(id.begin(), id.end(), [](unsigned char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '-';
         });
}

// One command while it is applied: a working copy of the conference, and the actions so far.
class Application {
 public:
  Application(const Conference& conference, const Actor& actor, const std::string& fresh_id,
              absl::Time now)
      : actor_(actor), fresh_id_(fresh_id), now_(now), step_{.conference = conference} {}

  absl::Status Do(const UpdateParticipant& command);
  absl::Status Do(const MuteSelf& command);
  absl::Status Do(const MuteAll& command);
  absl::Status Do(const Disconnect& command);
  absl::Status Do(const UpdateConference& command);
  absl::Status Do(const Toggle& command);
  absl::Status Do(const CallOut& command);
  absl::Status Do(const CancelCallOut& command);
  absl::Status Do(const ControlRecording& command);
  absl::Status Do(const PlayAnnouncement& command);
  absl::Status Do(const SendInvitations& command);
  absl::Status Do(const RollCall& command);
  absl::Status Do(const EndConference& command);

  Step Take() && { return std::move(step_); }

 private:
  Conference& conference() { return step_.conference; }
  void Add(Action action) { step_.actions.push_back(std::move(action)); }
  void TellAll(PromptKey key) { Add(Announce{Present(conference()), {{.key = key}}}); }
  void TellActor(PromptKey key) {
    if (!actor_.call_id.empty()) Add(Announce{{actor_.call_id}, {{.key = key}}});
  }
  // Present, or an error.
  absl::StatusOr<Participant*> FindPresent(const std::string& call_id);
  void SetMuted(Participant& participant, bool is_muted);
  void SetHand(Participant& participant, bool is_raised);
  void SetLock(bool is_locked);
  void SetLecture(bool is_lecture);
  absl::Status SetGroups(const std::vector<Group>& groups);

  const Actor& actor_;
  const std::string& fresh_id_;
  const absl::Time now_;
  Step step_;
};

absl::StatusOr<Participant*> Application::FindPresent(const std::string& call_id) {
  Participant* participant = conference().Find(call_id);
  if (participant == nullptr || !participant->IsPresent()) return UnknownParticipant();
  return participant;
}

void Application::SetMuted(Participant& participant, bool is_muted) {
  participant.is_muted = is_muted;
  Add(TellMute{participant.call_id, IsMuted(participant)});
}

void Application::SetHand(Participant& participant, bool is_raised) {
  if (participant.hand_raised_at.has_value() == is_raised) return;
  participant.hand_raised_at = is_raised ? std::optional<absl::Time>(now_) : std::nullopt;
  Add(Announce{{participant.call_id},
               {{.key = is_raised ? PromptKey::kHandRaised : PromptKey::kHandLowered}}});
  if (!is_raised) return;
  std::vector<std::string> moderators = ModeratorsBut(conference(), participant.call_id);
  if (!moderators.empty()) {
    Add(Announce{std::move(moderators), {{.key = PromptKey::kSomeoneRaisedHand}}});
  }
}

absl::Status Application::Do(const UpdateParticipant& command) {
  // Everything is checked before anything is changed.
  const bool is_own_hand = !actor_.call_id.empty() && command.call_id == actor_.call_id &&
                           command.is_hand_raised && !command.is_muted && !command.is_deaf &&
                           !command.is_held && !command.gain_db && !command.role &&
                           !command.group_id;
  if (!is_own_hand && !MaySteer(actor_, conference())) return NotModerator();
  ASSIGN_OR_RETURN(Participant * participant, FindPresent(command.call_id));
  if (command.gain_db && !(std::isfinite(*command.gain_db) && *command.gain_db >= kGainDbMin &&
                           *command.gain_db <= kGainDbMax)) {
    return InvalidField("gain_db", "FIELD_INVALID", "gain_db must be -40 to 20");
  }
  if (command.group_id && !command.group_id->empty() &&
      std::none_of(conference().groups.begin(), conference().groups.end(),
                   [&](const Group& group) { return group.id == *command.group_id; })) {
    return InvalidField("group_id", "FIELD_INVALID", "the conference has no such group");
  }
  if (command.gain_db) participant->gain_db = *command.gain_db;
  if (command.group_id) participant->group_id = *command.group_id;
  if (command.is_deaf) participant->is_deaf = *command.is_deaf;
  if (command.role && *command.role != participant->role) {
    const bool was_heard = participant->role != Role::kParticipant;
    participant->role = *command.role;
    if (*command.role == Role::kModerator) EndWaiting(step_);
    if (*command.role != Role::kParticipant && !was_heard && conference().is_lecture) {
      SetHand(*participant, false);
      Add(Announce{{command.call_id}, {{.key = PromptKey::kPresenter}}});
    }
  }
  if (command.is_hand_raised) SetHand(*participant, *command.is_hand_raised);
  if (command.is_held && *command.is_held != participant->is_held) {
    participant->is_held = *command.is_held;
    Add(TellHold{command.call_id, LegSettingsOf(*participant).is_held,
                 *command.is_held ? PromptKey::kHeld : PromptKey::kResumed});
  }
  if (command.is_muted) SetMuted(*participant, *command.is_muted);
  return absl::OkStatus();
}

absl::Status Application::Do(const MuteSelf& command) {
  ASSIGN_OR_RETURN(Participant * participant, FindPresent(actor_.call_id));
  participant->is_self_muted = command.is_muted;
  Add(TellMute{participant->call_id, IsMuted(*participant)});
  return absl::OkStatus();
}

absl::Status Application::Do(const MuteAll& command) {
  if (!MaySteer(actor_, conference())) return NotModerator();
  conference().is_all_muted = command.is_muted;
  for (Participant& participant : conference().participants) {
    if (participant.role == Role::kModerator || participant.is_muted == command.is_muted) continue;
    if (participant.IsPresent()) SetMuted(participant, command.is_muted);
  }
  TellActor(command.is_muted ? PromptKey::kAllMuted : PromptKey::kAllUnmuted);
  return absl::OkStatus();
}

absl::Status Application::Do(const Disconnect& command) {
  if (!MaySteer(actor_, conference())) return NotModerator();
  const Participant* participant = conference().Find(command.call_id);
  if (participant == nullptr) return UnknownParticipant();
  if (!participant->IsPresent()) return Do(CancelCallOut{command.call_id});
  Add(Expel{command.call_id, Expel::Why::kRemoved});
  return absl::OkStatus();
}

void Application::SetLock(bool is_locked) {
  if (std::exchange(conference().is_locked, is_locked) == is_locked) return;
  TellAll(is_locked ? PromptKey::kLocked : PromptKey::kUnlocked);
}

void Application::SetLecture(bool is_lecture) {
  if (std::exchange(conference().is_lecture, is_lecture) == is_lecture) return;
  if (!is_lecture) {
    for (Participant& participant : conference().participants) participant.hand_raised_at.reset();
  }
  TellAll(is_lecture ? PromptKey::kLectureStarted : PromptKey::kLectureEnded);
}

absl::Status Application::SetGroups(const std::vector<Group>& groups) {
  const auto refuse = [](absl::string_view message) {
    return InvalidField("groups", "FIELD_INVALID", message);
  };
  if (groups.size() > kGroupsMax) return refuse("at most 31 groups");
  std::set<std::string> ids = {""};
  for (const Group& group : groups) {
    if (!IsGroupId(group.id)) return refuse("a group_id must be [a-z0-9_-]{1,64}");
    if (!ids.insert(group.id).second && !group.id.empty()) return refuse("a group is named twice");
  }
  for (const Group& group : groups) {
    for (const std::string& heard : group.heard_ids) {
      if (!ids.contains(heard)) return refuse("a group hears one that is not there");
    }
  }
  conference().groups = groups;
  for (Participant& participant : conference().participants) {
    if (!ids.contains(participant.group_id)) participant.group_id.clear();
  }
  return absl::OkStatus();
}

absl::Status Application::Do(const UpdateConference& command) {
  if (!MaySteer(actor_, conference())) return NotModerator();
  if (command.participants_max &&
      (*command.participants_max < 1 ||
       *command.participants_max > conference().terms.participants_max)) {
    return InvalidField(
        "participants_max", "FIELD_INVALID",
        absl::StrCat("participants_max must be 1 to ", conference().terms.participants_max));
  }
  if (command.groups) RETURN_IF_ERROR(SetGroups(*command.groups));
  if (command.participants_max) conference().participants_max = *command.participants_max;
  if (command.is_locked) SetLock(*command.is_locked);
  if (command.is_lecture) SetLecture(*command.is_lecture);
  return absl::OkStatus();
}

absl::Status Application::Do(const Toggle& command) {
  switch (command.what) {
    case Toggle::What::kLock:
      return Do(UpdateConference{.is_locked = !conference().is_locked});
    case Toggle::What::kLecture:
      return Do(UpdateConference{.is_lecture = !conference().is_lecture});
    case Toggle::What::kMuteAll:
      return Do(MuteAll{!conference().is_all_muted});
    case Toggle::What::kRecording:
      return Do(ControlRecording{conference().recording.status == RecordingStatus::kOff
                                     ? ControlRecording::What::kStart
                                     : ControlRecording::What::kStop});
    case Toggle::What::kHand: {
      ASSIGN_OR_RETURN(const Participant* participant, FindPresent(actor_.call_id));
      return Do(UpdateParticipant{.call_id = actor_.call_id,
                                  .is_hand_raised = !participant->hand_raised_at.has_value()});
    }
  }
  return absl::InternalError("not a toggle");
}

absl::Status Application::Do(const CallOut& command) {
  if (!MaySteer(actor_, conference())) return NotModerator();
  if (command.name.size() > kNameBytesMax) {
    return InvalidField("name", "FIELD_INVALID", "name may have 128 bytes at the most");
  }
  if (command.retries < 0 || command.retries > kRetriesMax) {
    return InvalidField("retries", "FIELD_INVALID", "retries must be 0 to 5");
  }
  const std::vector<std::string>& prefixes = conference().terms.call_out_prefixes;
  const bool is_allowed = std::any_of(
      prefixes.begin(), prefixes.end(),
      [&](const std::string& prefix) { return absl::StartsWith(command.number.e164(), prefix); });
  if (!is_allowed) {
    return ErrorWithReason(absl::StatusCode::kPermissionDenied, "DESTINATION_BARRED",
                           "numbers that begin so may not be called out");
  }
  const auto counts = [](const Participant& participant) {
    return participant.IsPresent() || participant.IsComing();
  };
  if (std::count_if(conference().participants.begin(), conference().participants.end(), counts) >=
      conference().participants_max) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "CONFERENCE_FULL",
                           "the conference is full");
  }
  conference().participants.push_back(
      {.call_id = fresh_id_,
       .role = command.role,
       .state = ParticipantState::kDialling,
       .number = command.number,
       .name = command.name,
       .language = command.language.value_or(conference().terms.language),
       .joined_at = now_,
       .is_dialled = true});
  Add(Dial{fresh_id_, command.retries, command.request_id});
  TellActor(PromptKey::kCallOutStarted);
  return absl::OkStatus();
}

absl::Status Application::Do(const CancelCallOut& command) {
  if (!MaySteer(actor_, conference())) return NotModerator();
  const Participant* participant = conference().Find(command.call_id);
  if (participant == nullptr) return UnknownParticipant();
  if (participant->IsPresent()) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "CALL_OUT_ENDED",
                           "the person called is in the conference already");
  }
  Add(CancelDial{command.call_id});
  return absl::OkStatus();
}

absl::Status Application::Do(const ControlRecording& command) {
  if (!MaySteer(actor_, conference())) return NotModerator();
  RecordingState& recording = conference().recording;
  const RecordingStatus status = recording.status;
  using What = ControlRecording::What;
  if (command.what == What::kStart && !conference().terms.is_recording_allowed) {
    return ErrorWithReason(absl::StatusCode::kPermissionDenied, "RECORDING_BARRED",
                           "conferences of this tenant may not be recorded");
  }
  if (recording.is_changing) return WrongRecordingState("the recording is changing right now");
  if (command.what == What::kStart && status != RecordingStatus::kOff) {
    return WrongRecordingState("a recording runs already");
  }
  if (command.what == What::kPause && status != RecordingStatus::kRunning) {
    return WrongRecordingState("no recording runs");
  }
  if (command.what == What::kResume && status != RecordingStatus::kPaused) {
    return WrongRecordingState("no recording is paused");
  }
  if (command.what == What::kStop && status == RecordingStatus::kOff) {
    return WrongRecordingState("no recording runs");
  }
  recording.is_changing = true;
  Add(SwitchRecording{command.what, command.what == What::kStart ? fresh_id_ : recording.id});
  return absl::OkStatus();
}

absl::Status Application::Do(const PlayAnnouncement& command) {
  if (!MaySteer(actor_, conference())) return NotModerator();
  const ConferenceTerms& terms = conference().terms;
  const std::vector<std::string>& own = terms.own_announcements;
  Phrase phrase;
  if (const std::optional<PromptKey> key = AnnouncementFromName(command.announcement)) {
    phrase.key = *key;
  } else if (std::find(own.begin(), own.end(), command.announcement) != own.end()) {
    phrase.own = OwnWords{terms.prompt_set, command.announcement};
  } else {
    return ErrorWithReason(absl::StatusCode::kNotFound, "ANNOUNCEMENT_UNKNOWN",
                           "there is no such announcement");
  }
  std::vector<std::string> listeners = {command.call_id};
  if (command.call_id.empty()) {
    listeners = Present(conference());
  } else {
    RETURN_IF_ERROR(FindPresent(command.call_id).status());
  }
  Add(Announce{std::move(listeners), {std::move(phrase)}});
  return absl::OkStatus();
}

absl::Status Application::Do(const SendInvitations& command) {
  if (!MaySteer(actor_, conference())) return NotModerator();
  if (command.numbers.empty() || command.numbers.size() > kNumbersMax) {
    return InvalidField("numbers", "FIELD_INVALID", "1 to 500 numbers");
  }
  Add(Invite{command});
  return absl::OkStatus();
}

absl::Status Application::Do(const RollCall& command) {
  if (!MaySteer(actor_, conference())) return NotModerator();
  const std::string& listener = command.call_id.empty() ? actor_.call_id : command.call_id;
  RETURN_IF_ERROR(FindPresent(listener).status());
  int named = 0;
  std::vector<Phrase> phrases = {{.key = PromptKey::kParticipants,
                                  .arguments = {ParticipantCount{conference().JoinedCount()}}}};
  for (const Participant& participant : conference().participants) {
    if (participant.state != ParticipantState::kJoined) continue;
    if (++named > kNamedMax) break;
    if (participant.number) {
      phrases.push_back({.key = PromptKey::kRollCallNumber,
                         .arguments = {Digits{participant.number->e164().substr(1)}}});
    } else {
      phrases.push_back({.key = PromptKey::kRollCallWithheld});
    }
  }
  Add(Announce{{listener}, std::move(phrases)});
  return absl::OkStatus();
}

absl::Status Application::Do(const EndConference&) {
  if (!MaySteer(actor_, conference())) return NotModerator();
  for (const Participant& participant : conference().participants) {
    if (participant.IsPresent()) {
      Add(Expel{participant.call_id, Expel::Why::kEnded});
    } else {
      Add(CancelDial{participant.call_id});
    }
  }
  return absl::OkStatus();
}

}  // namespace

// ---- Rights -------------------------------------------------------------------------------------

bool MaySee(const Actor& actor, const Conference& conference) {
  switch (actor.capacity) {
    case Capacity::kOperator:
      return true;
    case Capacity::kModerator:
      if (!actor.conference_id.empty()) return actor.conference_id == conference.id;
      return !actor.tenant_id.empty() && actor.tenant_id == conference.terms.tenant_id;
    case Capacity::kParticipant:
      return false;
  }
  return false;
}

bool MaySteer(const Actor& actor, const Conference& conference) {
  if (actor.call_id.empty()) return MaySee(actor, conference);
  const Participant* participant = conference.Find(actor.call_id);
  return participant != nullptr && participant->IsPresent() &&
         participant->role == Role::kModerator;
}

absl::StatusOr<Step> Apply(const Conference& conference, const Actor& actor, const Command& command,
                           const std::string& fresh_id, absl::Time now) {
  Application application(conference, actor, fresh_id, now);
  RETURN_IF_ERROR(std::visit([&](const auto& what) { return application.Do(what); }, command));
  return std::move(application).Take();
}

}  // namespace narada::control::moderation
