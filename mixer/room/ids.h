// Numbers that the engine gives to rooms and legs, so that events can name them without text.
#ifndef NARADA_MIXER_ROOM_IDS_H_
#define NARADA_MIXER_ROOM_IDS_H_

#include <compare>
#include <cstdint>

namespace narada::mixer::room {

// Never used twice within a process. Zero names no leg.
struct LegId {
  uint64_t value = 0;
  friend auto operator<=>(const LegId&, const LegId&) = default;
};

// Never used twice within a process. Zero names no room.
struct RoomId {
  uint64_t value = 0;
  friend auto operator<=>(const RoomId&, const RoomId&) = default;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_IDS_H_
