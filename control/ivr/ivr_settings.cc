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

}  // namespace narada::control::ivr
