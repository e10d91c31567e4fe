#include "control/ivr/ivr_settings.h"

namespace narada::control::ivr {

std::vector<KeyBinding> DefaultKeyMap() {
  return {
      {"*6", ConferenceKey::kToggleMute},      {"*0", ConferenceKey::kHelp},
      {"*3", ConferenceKey::kCount},           {"*4", ConferenceKey::kExtend},
      {"*5", ConferenceKey::kRaiseHand},       {"*1", ConferenceKey::kToggleLecture},
      {"*2", ConferenceKey::kToggleRecording}, {"*7", ConferenceKey::kToggleLock},
      {"*8", ConferenceKey::kToggleMuteAll},   {"*91", ConferenceKey::kRollCall},
      {"*92", ConferenceKey::kDialOut},        {"*99", ConferenceKey::kEndConference},
  };
}

bool IsModeratorsKey(ConferenceKey key) {
  switch (key) {
    case ConferenceKey::kToggleMute:
    case ConferenceKey::kHelp:
    case ConferenceKey::kCount:
    case ConferenceKey::kExtend:
    case ConferenceKey::kRaiseHand:
      return false;
    case ConferenceKey::kToggleLock:
    case ConferenceKey::kToggleMuteAll:
    case ConferenceKey::kToggleLecture:
    case ConferenceKey::kToggleRecording:
    case ConferenceKey::kRollCall:
    case ConferenceKey::kDialOut:
    case ConferenceKey::kEndConference:
      return true;
  }
  return true;
}

}  // namespace narada::control::ivr
