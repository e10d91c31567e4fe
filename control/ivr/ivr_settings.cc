#include "control/ivr/ivr_settings.h"

namespace narada::control::ivr {

std::vector<KeyBinding> DefaultKeyMap() {
  return {
      {"*6", ConferenceKey::kToggleMute},
      {"*0", ConferenceKey::kHelp},
      {"*3", ConferenceKey::kCount},
      {"*4", ConferenceKey::kExtend},
  };
}

}  // namespace narada::control::ivr
