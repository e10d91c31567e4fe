#include "mixer/room/room_groups.h"

#include "base/check.h"

namespace narada::mixer::room {

RoomGroups::RoomGroups(std::span<const GroupConfig> configs, const dsp::Kernels& kernels) {
  Place(GroupId(), kernels);
  for (const GroupConfig& config : configs) {
    Place(config.id, kernels);
    for (const GroupConfig::Hearing& hearing : config.hears) Place(hearing.group, kernels);
  }
  CHECK(groups_.size() <= kGroupsMax) << "the caller has counted them";
  for (Group& group : groups_) group.hears.assign(groups_.size(), Gain::Mute());
  bool is_default_said = false;
  for (const GroupConfig& config : configs) {
    is_default_said |= config.id == GroupId();
    Group& group = groups_[*Find(config.id)];
    for (const GroupConfig::Hearing& hearing : config.hears) {
      group.hears[*Find(hearing.group)] = hearing.gain;
    }
  }
  if (!is_default_said) groups_[0].hears[0] = Gain::Unity();
}

size_t RoomGroups::Place(const GroupId& id, const dsp::Kernels& kernels) {
  const std::optional<size_t> found = Find(id);
  if (found.has_value()) return *found;
  groups_.push_back({.id = id, .mix = SharedMix(kernels)});
  return groups_.size() - 1;
}

std::optional<size_t> RoomGroups::Find(const GroupId& id) const noexcept {
  for (size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].id == id) return i;
  }
  return std::nullopt;
}

}  // namespace narada::mixer::room
