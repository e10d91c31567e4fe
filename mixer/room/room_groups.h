// Who hears whom in a room with private mixes: whisper, coach, interpreters, side rooms. Each group
// has one mix, so a tick costs one more sum per group, however many legs are in them.
//   auto groups = std::make_unique<RoomGroups>(configs);    // off the worker
//   room.SetGroups(groups);                                 // on it; comes back: the ones before
// Without any there is one group, "", that hears itself.
#ifndef NARADA_MIXER_ROOM_ROOM_GROUPS_H_
#define NARADA_MIXER_ROOM_ROOM_GROUPS_H_

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "mixer/dsp/kernels.h"
#include "mixer/room/group_id.h"
#include "mixer/room/shared_mix.h"
#include "mixer/units/gain.h"

namespace narada::mixer::room {

struct GroupConfig {
  struct Hearing {
    GroupId group;
    Gain gain;
  };
  GroupId id;
  std::vector<Hearing> hears;
};

class RoomGroups {
 public:
  // Of a tick: more groups than anybody steers, and few enough for every tick.
  static constexpr size_t kGroupsMax = 32;

  struct Group {
    GroupId id;
    std::vector<Gain> hears;  // By the place of the group that is heard; mute: not at all.
    SharedMix mix;
  };

  // Groups that are only heard by others hear nothing. The group "" hears itself where `configs` do
  // not say otherwise. Up to kGroupsMax in all.
  explicit RoomGroups(std::span<const GroupConfig> configs = {},
                      const dsp::Kernels& kernels = dsp::Kernels::Best());

  size_t size() const noexcept { return groups_.size(); }
  Group& operator[](size_t place) noexcept { return groups_[place]; }
  // Empty: nobody hears such a group, and it hears nobody.
  std::optional<size_t> Find(const GroupId& id) const noexcept;

 private:
  size_t Place(const GroupId& id, const dsp::Kernels& kernels);

  std::vector<Group> groups_;  // The first one is "".
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_ROOM_GROUPS_H_
