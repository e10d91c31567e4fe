// What a command, or somebody's coming and going, does to a conference, as pure functions: rights and
// rules stand here, and tests are tables. ConferenceActor (control/calls) keeps the conference, brings the
// mixer in line with it (LegSettingsOf, RoomSettingsOf) and carries the actions out, in order.
//
//   ASSIGN_OR_RETURN(Step step, Apply(conference, actor, command, fresh_id, now));
//   conference = std::move(step.conference);

#ifndef NARADA_CONTROL_MODERATION_MODERATION_H_
#define NARADA_CONTROL_MODERATION_MODERATION_H_

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "control/model/conference.h"
#include "control/model/leg_settings.h"
#include "control/model/phrase.h"
#include "control/moderation/command.h"

namespace narada::control::moderation {

// ---- What the actor is to do --------------------------------------------------------------------

// Words to each of these, in the own language and when the dialogue has time.
struct Announce {
  std::vector<std::string> call_ids;
  std::vector<Phrase> phrases;
};
// The participant's mute is now this: told even where nothing changed, for the one who pressed a key.
struct TellMute {
  std::string call_id;
  bool is_muted = false;
};
// Music until it is lifted; with words if there are any.
struct TellHold {
  std::string call_id;
  bool is_held = false;
  std::optional<PromptKey> why;
};
// A tone for the whole room.
struct Sound {
  PromptKey key;
  std::string name_prompt_id;  // Of whom it tells, said behind it; empty: nobody's.
};
struct Expel {
  enum class Why { kEnded, kRemoved };
  std::string call_id;
  Why why = Why::kRemoved;
};
// Calls the participant of this id, who is in the roster.
struct Dial {
  std::string call_id;
  int retries = 0;
  std::string request_id;
};
struct CancelDial {
  std::string call_id;
};
// The mixer is to; RecordingSwitched or RecordingNotSwitched follows.
struct SwitchRecording {
  ControlRecording::What what;
  std::string recording_id;
};
struct Invite {
  SendInvitations invitations;
};
// Nobody steers any more: LackOfModerator is to be asked after the grace time.
struct StartGrace {};

using Action = std::variant<Announce, TellMute, TellHold, Sound, Expel, Dial, CancelDial,
                            SwitchRecording, Invite, StartGrace>;

struct Step {
  Conference conference;
  std::vector<Action> actions;
};

// ---- Commands -----------------------------------------------------------------------------------

// `fresh_id` names what the command makes, if anything: a participant or a recording.
// Errors, with the reasons that stand above the rpcs of conference.proto: PERMISSION_DENIED / NOT_MODERATOR |
// DESTINATION_BARRED | RECORDING_BARRED, NOT_FOUND / PARTICIPANT_UNKNOWN | ANNOUNCEMENT_UNKNOWN,
// INVALID_ARGUMENT / FIELD_INVALID, RESOURCE_EXHAUSTED / CONFERENCE_FULL,
// FAILED_PRECONDITION / RECORDING_STATE | CALL_OUT_ENDED.
absl::StatusOr<Step> Apply(const Conference& conference, const Actor& actor, const Command& command,
                           const std::string& fresh_id, absl::Time now);

// Whether the actor may see the conference at all, and steer it.
bool MaySee(const Actor& actor, const Conference& conference);
bool MaySteer(const Actor& actor, const Conference& conference);

// ---- Coming and going ---------------------------------------------------------------------------

// A conference that begins.
Conference Begin(std::string id, const ConferenceTerms& terms, int service_participants_max,
                 std::string mixer, absl::Time now);

enum class Refusal { kFull, kLocked };
// Nothing: may come in. `coming`: those who are let in, but not yet in the roster.
std::optional<Refusal> MayJoin(const Conference& conference, const std::string& call_id,
                               int coming);
// The participant as one who is about to be moved into the room: waiting, muted, presenter and so on
// are settled here, for a leg must not be heard before they hold.
Participant Prepare(const Conference& conference, Participant participant, absl::Time now);
// The leg is in the room. A moderator ends the waiting of all.
Step Join(const Conference& conference, Participant participant);
// Left, or a call out that is given up.
Step Leave(const Conference& conference, const std::string& call_id);
// The grace time is over: without a moderator the conference ends.
Step LackOfModerator(const Conference& conference);

// A call out rings, was answered, or failed ("busy"); one that is unknown by now changes nothing.
Step DialProgress(const Conference& conference, const std::string& call_id, ParticipantState state,
                  const std::string& failure);

// ---- Recording ----------------------------------------------------------------------------------

// The mixer did what SwitchRecording asked for: told to all.
Step RecordingSwitched(const Conference& conference, const SwitchRecording& what, absl::Time now);
Step RecordingNotSwitched(const Conference& conference);
// The participant was told that a recording runs: is heard from now on.
Step NoticeHeard(const Conference& conference, const std::string& call_id);

// ---- What follows for the mixer -----------------------------------------------------------------

LegSettings LegSettingsOf(const Participant& participant);
RoomSettings RoomSettingsOf(const Conference& conference);

// Raised hands, the longest raised first.
std::vector<std::string> HandsOf(const Conference& conference);

}  // namespace narada::control::moderation

#endif  // NARADA_CONTROL_MODERATION_MODERATION_H_
