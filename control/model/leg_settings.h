#ifndef NARADA_CONTROL_MODEL_LEG_SETTINGS_H_
#define NARADA_CONTROL_MODEL_LEG_SETTINGS_H_

#include <string>
#include <vector>

namespace narada::control {

// What the mixer is to do with one participant's voice and ear. Effective from its next tick.
struct LegSettings {
  bool is_muted = false;
  bool is_deaf = false;       // Hears nothing of the room; what is played to the leg is heard.
  bool is_held = false;       // Neither heard nor hearing; what is played to the leg is heard.
  bool is_presenter = false;  // Heard in lecture mode as well.
  double gain_db = 0;         // Of what the participant says, -40 to +20.
  std::string group_id;       // "" is the whole room.
  bool operator==(const LegSettings&) const = default;
};

// A side room, a whisper or a coach: who hears whom. A group hears itself only if it lists itself.
struct Group {
  std::string id;  // "" or [a-z0-9_-]{1,64}.
  std::vector<std::string> heard_ids;
  bool operator==(const Group&) const = default;
};

// The same for the mix.
struct RoomSettings {
  bool is_lecture = false;  // Only presenters are heard.
  std::vector<Group> groups;
  bool operator==(const RoomSettings&) const = default;
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_LEG_SETTINGS_H_
