#ifndef NARADA_CONTROL_MODEL_PHRASE_H_
#define NARADA_CONTROL_MODEL_PHRASE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/model/language.h"

namespace narada::control {

// Everything the service can say or sound, in any language. The words stand in the catalogue of
// each language (control/prompts/catalogue), never in code. PromptKeyName() gives "main_menu".
enum class PromptKey {
  // The dialogue.
  kGreeting,
  kOfferLanguage,  // Said in the language it offers: "For English, press 1."
  kLanguageChanged,
  kMainMenu,
  kEnterRoom,
  kEnterPin,
  kEnterPinOnly,    // Where the PIN alone finds the room.
  kWrongRoomOrPin,  // One prompt for unknown room, expired room and wrong PIN.
  kLockedOut,
  kNoInput,
  kWrongInput,
  kGoodbye,
  kServiceUnavailable,
  kCallLimitReached,
  // Reserving and extending.
  kEnterMobile,
  kNotAMobile,
  kConfirmMobile,  // digits: the number keyed.
  kReserved,
  kRoomAndPin,       // digits: room, digits: PIN.
  kRoomAndPinAgain,  // The same, introduced as a repetition.
  kValidUntil,       // moment.
  kSmsToCaller,
  kSmsToNumber,  // digits.
  kNoSms,
  kAfterReservation,
  kReservationRefused,  // A limit of the service.
  kExtended,            // moment: the new expiry.
  kExtensionTooFar,     // moment: the unchanged expiry.
  kExtensionRefused,    // From inside: not possible now.
  // In the conference.
  kFirstInConference,
  kParticipants,  // count, including the listener.
  kRoomFull,
  kRoomLocked,
  kMuted,
  kUnmuted,
  kHelpMute,  // digits: the keys, as in all of these.
  kHelpCount,
  kHelpExtend,
  kHelpRaiseHand,
  kHelpHelp,
  kUnknownKey,
  kExpiresSoon,  // duration.
  kConferenceEnded,
  kRemoved,  // By the moderator.
  kRecordingStarted,
  kRecordingStopped,
  kRecordingRuns,  // To those who join later.
  kLocked,
  kUnlocked,
  kHandRaised,
  kHandLowered,
  kWaitForModerator,
  // Moderated conferences.
  kModeratorsOnly,
  kGuessersLocked,  // To moderators: too many failed tries at their room.
  kNotPossible,
  kModeratorJoined,  // To those who waited.
  kModeratorLeft,    // duration: after which the conference ends.
  kHeld,
  kResumed,
  kPresenter,  // The listener has become one.
  kLectureStarted,
  kLectureEnded,
  kAllMuted,  // To the moderator who did it.
  kAllUnmuted,
  kSomeoneRaisedHand,  // To moderators.
  kRecordingPaused,
  kRecordingResumed,
  kRollCallNumber,  // digits.
  kRollCallWithheld,
  kEnterCallOut,
  kCallOutStarted,
  kCallOutFailed,
  kCallOutBarred,
  kCallOutInvitation,  // digits: who invites.
  kCallOutConfirm,
  kHelpLock,  // digits, as in all of these.
  kHelpMuteAll,
  kHelpLecture,
  kHelpRecord,
  kHelpRollCall,
  kHelpDialOut,
  kHelpEndConference,
  kSayName,  // Before the tone that a name is said after.
  kNameNotHeard,
  kNameJoins,      // After a recorded name.
  kNameLeaves,     // Likewise.
  kAnnounceBreak,  // The moderator's announcements; their names begin so.
  kAnnounceContinue,
  kAnnounceEndsSoon,
  kAnnounceMuteYourself,
  kAnnounceQuestions,
  // Sounds without words, the same in every language.
  kEntryTone,
  kExitTone,
  kRecordingTone,  // Now and then, while a recording runs.
  kMusicOnHold,
};

inline constexpr int kPromptKeyCount = static_cast<int>(PromptKey::kMusicOnHold) + 1;

// The key as catalogues and files spell it: kMainMenu is "main_menu".
absl::string_view PromptKeyName(PromptKey key);
std::optional<PromptKey> PromptKeyFromName(absl::string_view name);

// True for tones and music, which belong to no language.
bool IsSound(PromptKey key);

// What a prompt leaves open; each language says it by its own grammar.
struct Digits {  // Spoken one by one. May be a PIN: never printed.
  std::string digits;
  bool operator==(const Digits&) const = default;
};
struct ParticipantCount {  // "jeden uczestnik", "5 uczestników"; 0 to 999,999.
  int64_t count = 0;
  bool operator==(const ParticipantCount&) const = default;
};
struct Moment {  // A date and a time of day, as clocks on the wall show it.
  absl::CivilMinute at;
  bool operator==(const Moment&) const = default;
};
struct SpokenDuration {  // Rounded to whole minutes, hours and days; at least a minute.
  absl::Duration duration;
  bool operator==(const SpokenDuration&) const = default;
};
using PhraseArgument = std::variant<Digits, ParticipantCount, Moment, SpokenDuration>;

// What a tenant has recorded for itself, beside all keys: an announcement of its own.
struct OwnWords {
  std::string prompt_set;
  std::string name;
  bool operator==(const OwnWords&) const = default;
};

// One sentence to be spoken, in no language yet. control/prompts turns it into recordings.
struct Phrase {
  PromptKey key = PromptKey::kGreeting;
  std::vector<PhraseArgument> arguments;  // As many and of such kinds as the key's comment says.
  std::optional<Language> language;       // Nothing: the call's language.
  std::optional<OwnWords> own;            // Instead of the key.
  bool operator==(const Phrase&) const = default;
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_PHRASE_H_
