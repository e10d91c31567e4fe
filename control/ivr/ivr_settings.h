#ifndef NARADA_CONTROL_IVR_IVR_SETTINGS_H_
#define NARADA_CONTROL_IVR_IVR_SETTINGS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "control/model/phone_number.h"

namespace narada::control::ivr {

// What a key sequence does inside a conference.
enum class ConferenceKey {
  kToggleMute,
  kHelp,
  kCount,
  kExtend,
  kRaiseHand,   // Raise or lower.
  kToggleLock,  // Moderators, as the following.
  kToggleMuteAll,
  kToggleLecture,
  kToggleRecording,
  kRollCall,
  kDialOut,  // Calls somebody whose number is keyed in.
  kEndConference,
};

// Whether only a moderator may press it.
bool IsModeratorsKey(ConferenceKey key);

struct KeyBinding {
  std::string sequence;  // Of 0-9, *, #; no sequence begins another.
  ConferenceKey action;
};

// "*6" mute, "*0" help, "*3" how many are here, "*4" extend by a week, "*5" hand: the keys that most
// carriers share. For moderators "*1" lecture, "*2" recording, "*7" lock, "*8" mute all, "*91" roll call,
// "*92" call out, "*99" end.
std::vector<KeyBinding> DefaultKeyMap();

// What an operator can tune in the dialogue. Shared by all calls, immutable.
struct IvrSettings {
  absl::Duration no_input = absl::Seconds(6);      // From the prompt's end to "no input".
  absl::Duration inter_digit = absl::Seconds(4);   // Ends an input that has begun.
  absl::Duration answer_max = absl::Seconds(10);   // For whatever a storage or mixer has to answer.
  absl::Duration playback_max = absl::Minutes(3);  // After this a prompt's end is taken as lost.
  absl::Duration name_max = absl::Seconds(5);      // A name that is recorded.
  bool asks_name = false;   // Of who joins a reserved room: said when they come and go.
  int tries_max = 3;        // Of one input, and of room number and PIN in a call.
  int room_digits_max = 5;  // Longest room number that exists now: ends the input without '#'.
  int pin_digits_max = 6;   // Longest PIN, likewise.
  NumberingPlan numbering;
  absl::TimeZone time_zone;  // In which dates are spoken.
  std::vector<KeyBinding> key_map = DefaultKeyMap();
};

}  // namespace narada::control::ivr

#endif  // NARADA_CONTROL_IVR_IVR_SETTINGS_H_
