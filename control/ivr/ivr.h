#ifndef NARADA_CONTROL_IVR_IVR_H_
#define NARADA_CONTROL_IVR_IVR_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "control/ivr/ivr_settings.h"
#include "control/model/access_number.h"
#include "control/model/call.h"
#include "control/model/language.h"
#include "control/model/phone_number.h"
#include "control/model/phrase.h"
#include "control/model/pin.h"
#include "control/model/room_number.h"

// The dialogue with one caller, from the answer to the hang-up, as a pure function:
//   IvrState state;
//   IvrStep step = Advance(state, CallStarted{...}, now);
//   state = std::move(step.state);
//   for (const IvrAction& action : step.actions) CarryOut(action);  // in order
// Every action that asks for something carries a `request` number and is answered by one event with
// the same number; until it comes, keys are kept. An answer that is late or missing is covered by a
// timer, so no caller is left in silence, and a stale one is ignored.
namespace narada::control::ivr {

// ---- What happened ------------------------------------------------------------------------

// The call was answered. Always the first event, or InvitationAnswered is.
struct CallStarted {
  std::shared_ptr<const IvrSettings> settings;
  AccessNumber dialled;  // Its language greets, its entry kind chooses the first question.
  Caller caller;
};
// Somebody whom we called for a moderator has answered: is told who invites, and asked to press 1.
struct InvitationAnswered {
  std::shared_ptr<const IvrSettings> settings;
  Caller caller;  // Who was called.
  Language language = Language::kPolish;
  std::string inviter;         // Digits to be spoken; empty: nobody's number is known.
  std::string reservation_id;  // Whose conference it is.
};
// A key: '0'..'9', '*', '#'. Others (A-D, flash) are ignored.
struct DigitPressed {
  char digit;
};
// The playback with this number ended by itself or failed. One that was stopped or replaced need
// not be reported; if it is, the number shows that it is stale.
struct PlaybackEnded {
  uint32_t playback;
};
// Whatever was being played is not any more, music included; the call itself goes on.
struct PlaybackLost {};
struct TimerFired {
  uint32_t timer;
};
// Answers LookUpRoom. Unknown room, expired room and wrong PIN are all kRefused.
struct RoomLookedUp {
  enum class Outcome { kAccepted, kRefused, kLockedOut, kUnavailable };
  uint32_t request = 0;  // Of the action that is answered.
  Outcome outcome = Outcome::kUnavailable;
  std::string reservation_id;  // With kAccepted.
  bool asks_name = false;      // The caller's name is recorded, to be said when they come and go.
};
// Answers StartNameRecording where that fails, and FinishNameRecording.
struct NameRecorded {
  enum class Outcome { kRecorded, kSilent, kUnavailable };
  uint32_t request = 0;  // Of the action that is answered.
  Outcome outcome = Outcome::kUnavailable;
};
// Answers Reserve.
struct ReservationAnswered {
  enum class Outcome { kMade, kRefused, kUnavailable };
  uint32_t request = 0;  // Of the action that is answered.
  Outcome outcome = Outcome::kUnavailable;
  std::string reservation_id;  // The rest comes with kMade.
  std::optional<RoomNumber> room;
  std::optional<Pin> pin;
  absl::Time expires_at;
  bool sms_accepted = false;  // The message is in the outbox; false: a limit forbade it.
};
// Answers Extend and ExtendFromInside.
struct ExtensionAnswered {
  enum class Outcome { kExtended, kTooFarAhead, kRefused, kLockedOut, kUnavailable };
  uint32_t request = 0;  // Of the action that is answered.
  Outcome outcome = Outcome::kUnavailable;
  absl::Time expires_at;  // With kExtended and kTooFarAhead.
};
// Answers JoinRoom: the leg is in the room (kJoined), or not.
struct JoinAnswered {
  enum class Outcome { kJoined, kFull, kLocked, kUnavailable };
  uint32_t request = 0;  // Of the action that is answered.
  Outcome outcome = Outcome::kUnavailable;
  int participants = 1;       // Including this caller.
  bool is_recorded = false;   // Then it is announced before the caller is heard.
  bool is_muted = false;      // By a moderator who has muted all.
  bool is_waiting = false;    // For the moderator, with music.
  bool is_moderator = false;  // Then the moderators' keys work, and help tells of them.
  bool is_permanent = false;  // The room never expires: there is nothing to extend.
};
// The caller became a moderator in the conference, or is none any more.
struct RoleChanged {
  bool is_moderator = false;
};
// The number of people in the room changed; includes this caller, never machines.
struct RosterChanged {
  int participants = 1;
};
// The caller's mute is now this, by key, button or gRPC. Told after each SetMute, even where a
// moderator's mute keeps it as it was.
struct MuteChanged {
  bool is_muted = false;
};
// The caller neither hears nor is heard now, or does so again: put on hold, waiting for the moderator.
struct HoldChanged {
  bool is_held = false;
  std::optional<PromptKey> why;  // Said before the music, or instead of it.
};
// The reservation expires soon, unless it is extended.
struct ExpiryWarned {
  absl::Duration left;
};
// Something else to be told to this participant (recording, lock, hand).
struct Announced {
  std::vector<Phrase> phrases;
};
// The caller has to leave: say why, then hang up.
struct ConferenceLeft {
  enum class Why { kEnded, kRemoved, kCallLimit, kUnavailable };
  Why why = Why::kEnded;
};
// The caller hung up, or the leg is gone. The last event; nothing follows from it.
struct CallEnded {};

using IvrEvent =
    std::variant<CallStarted, InvitationAnswered, DigitPressed, PlaybackEnded, PlaybackLost,
                 TimerFired, RoomLookedUp, NameRecorded, ReservationAnswered, ExtensionAnswered,
                 JoinAnswered, RoleChanged, RosterChanged, MuteChanged, HoldChanged, ExpiryWarned,
                 Announced, ConferenceLeft, CallEnded>;

// ---- What to do ---------------------------------------------------------------------------

// Plays these to the caller alone, replacing what plays. Ends with PlaybackEnded, never if looped.
struct Play {
  uint32_t playback = 0;                  // Comes back in PlaybackEnded.
  Language language = Language::kPolish;  // For phrases that name none.
  std::vector<Phrase> phrases;
  bool loop = false;      // Over and over until replaced or stopped: music.
  bool barge_in = false;  // The first key may silence it at once; it counts as ended then.
};
struct StopPlayback {};
// Starts the call's only timer, in place of an earlier one. Ends with TimerFired.
struct StartTimer {
  uint32_t timer = 0;
  absl::Duration after;
};
struct StopTimer {};
// Key 1: the call's language, also for its reservation's SMS.
struct SetLanguage {
  Language language = Language::kPolish;
};
// Is there a room with this number and PIN, open to this caller? RoomLookedUp answers, always
// after the same time. `room` is nothing where the PIN alone finds it.
struct LookUpRoom {
  uint32_t request = 0;
  std::optional<RoomNumber> room;
  Pin pin;
};
// Makes a reservation; ReservationAnswered answers. `sms_to` nothing: no SMS.
struct Reserve {
  uint32_t request = 0;
  Language language = Language::kPolish;
  std::optional<PhoneNumber> sms_to;
};
// Adds a week to the reservation; ExtensionAnswered answers.
struct Extend {
  uint32_t request = 0;
  RoomNumber room;
  Pin pin;
};
// The same for the conference the caller is in.
struct ExtendFromInside {
  uint32_t request = 0;
};
// Records what the caller says from now on.
struct StartNameRecording {
  uint32_t request = 0;
};
// That was the name; NameRecorded answers. It is said when the caller comes and goes.
struct FinishNameRecording {
  uint32_t request = 0;
};
// Moves the caller into the room; JoinAnswered answers.
struct JoinRoom {
  uint32_t request = 0;
  std::string reservation_id;
};
// Asks the conference to mute or unmute this caller; MuteChanged answers.
struct SetMute {
  bool is_muted = false;
};
// A moderator's or participant's key that the conference decides on (rights, state).
struct CommandConference {
  ConferenceKey key;
};
// Asks the conference to call somebody; it tells how that goes by Announced.
struct CallOut {
  PhoneNumber number;
};
// The caller has been told that the conference is recorded, and may be heard.
struct BecomeHeard {};
// Ends the call; CallEnded follows.
struct HangUp {};

using IvrAction =
    std::variant<Play, StopPlayback, StartTimer, StopTimer, SetLanguage, LookUpRoom, Reserve,
                 Extend, ExtendFromInside, StartNameRecording, FinishNameRecording, JoinRoom,
                 SetMute, CommandConference, CallOut, BecomeHeard, HangUp>;

// ---- The function -------------------------------------------------------------------------

// Where the dialogue stands.
enum class Stage {
  kNotStarted,
  kConfirmInvitation,  // Was called, and has not pressed 1 yet.
  kMainMenu,
  kEnterRoom,
  kEnterPin,
  kEnterMobile,
  kConfirmMobile,
  kLookingUp,  // Waits for RoomLookedUp.
  kReserving,  // Waits for ReservationAnswered.
  kAfterReservation,
  kSayName,        // Is asked for their name,
  kRecordingName,  // says it,
  kKeepingName,    // and waits for NameRecorded.
  kExtending,      // Waits for ExtensionAnswered.
  kJoining,        // Waits for JoinAnswered.
  kInConference,
  kLeaving,  // Says its last words, then hangs up.
  kEnded,
};

// All that is remembered of the dialogue. A value: copy, compare and replay it freely. Only
// Advance changes it; others may read stage, language and is_muted.
struct IvrState {
  Stage stage = Stage::kNotStarted;
  Language language = Language::kPolish;
  bool is_muted = false;

  // What follows is Advance's own.
  std::shared_ptr<const IvrSettings> settings;
  Caller caller;
  EntryKind entry = EntryKind::kMenu;
  bool is_extending = false;  // Room and PIN are asked for key 4, not key 2.
  std::string digits;         // Keyed so far at this stage.
  std::string type_ahead;     // Keyed while an answer is awaited.
  // The last input ended by itself; a '#' until then belongs to it.
  absl::Time hash_is_spare_until = absl::InfinitePast();
  int failures = 0;       // No or wrong input since the last right one.
  int pin_failures = 0;   // In the whole call.
  uint32_t playback = 0;  // Number of the last Play.
  bool is_playing = false;
  uint32_t timer = 0;  // Number of the last StartTimer.
  bool has_timer = false;
  uint32_t request = 0;  // Number of the last asking action.
  std::optional<RoomNumber> room;
  std::optional<Pin> pin;
  std::optional<PhoneNumber> sms_to;
  std::string reservation_id;
  int names_asked = 0;  // How often the name was asked for.
  absl::Time expires_at;
  bool sms_accepted = false;
  int participants = 0;
  bool is_moderator = false;
  bool is_permanent = false;
  bool hears_music = false;
  bool is_held = false;         // On hold, or waiting for the moderator.
  bool awaits_notice = false;   // Being told that a recording runs.
  bool is_calling_out = false;  // Keys the number of somebody to be called.
  std::string inviter;
  bool awaits_mute = false;        // SetMute is not answered yet.
  std::vector<Phrase> pending;     // To be said in the conference when the present prompt ends.
  int apologies = 0;               // How often the service was unavailable in this call.
  uint32_t extension_request = 0;  // Of ExtendFromInside, 0 once answered.
  absl::Time extension_asked_at;
};

struct IvrStep {
  IvrState state;
  std::vector<IvrAction> actions;  // To be carried out in this order.
};

// The next state, and actions such as Play. Pure: a dialogue is a table in its test.
IvrStep Advance(const IvrState& state, const IvrEvent& event, absl::Time now);

// The state of a caller who is in a conference already, taken up after a restart. Nothing is played
// anew: what the mixer plays to the leg goes on. Numbers begin high, so that what was under way before
// cannot be taken for something new.
IvrState ResumeInConference(std::shared_ptr<const IvrSettings> settings, const Caller& caller,
                            Language language, std::string reservation_id,
                            const JoinAnswered& joined);

// The state of a caller whom another replica has led to the door of the conference: JoinRoom has been
// asked for, as `request` of this state says, and JoinAnswered comes next.
IvrState ResumeAtTheDoor(std::shared_ptr<const IvrSettings> settings, const Caller& caller,
                         Language language, std::string reservation_id);

}  // namespace narada::control::ivr

#endif  // NARADA_CONTROL_IVR_IVR_H_
