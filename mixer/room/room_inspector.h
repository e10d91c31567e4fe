// What tests may see of the last tick of a room without groups, to compute the mix a second time in
// another way.
#ifndef NARADA_MIXER_ROOM_ROOM_INSPECTOR_H_
#define NARADA_MIXER_ROOM_ROOM_INSPECTOR_H_

#include <cstdint>
#include <span>

#include "mixer/room/leg.h"
#include "mixer/room/room.h"

namespace narada::mixer::room {

class RoomInspector {
 public:
  explicit RoomInspector(const Room& room) : room_(room) {}

  // Calls visit(const Leg&) for each leg.
  template <typename Visit>
  void ForEachLeg(Visit visit) const {
    for (const Leg* leg = room_.first_; leg != nullptr; leg = leg->next_) visit(*leg);
  }
  size_t samples() const { return room_.samples_; }  // Of a frame of the mix.
  // Before a tick: the rate is another than in the last one, and the mixes are joined at the seam.
  bool HasNewRate() const { return room_.has_new_rate_; }
  // The leg's frame in the mix, at its rate, and whether it went into the sum.
  std::span<const int16_t> Frame(const Leg& leg) const { return {leg.mixed_, room_.samples_}; }
  bool IsInSum(const Leg& leg) const { return room_.IsInSum(leg); }
  // What was played to the room; empty if nothing was.
  std::span<const int16_t> Announcement() const {
    return {room_.scratch_.announcement.data(), room_.has_announcement_ ? room_.samples_ : 0};
  }
  // What was added for those who left while they spoke; empty if nothing was.
  std::span<const int16_t> Farewell() const {
    return {room_.scratch_.farewell.data(), room_.had_farewells_ ? room_.samples_ : 0};
  }
  // Every limiter leaves its mix as it is.
  bool AreLimitersIdle(const Leg& leg) const {
    for (size_t i = 0; i < room_.groups_->size(); ++i) {
      if (!(*room_.groups_)[i].mix.limiter.is_idle()) return false;
    }
    return !leg.had_own_limiter_ || leg.limiter_.is_idle();
  }
  // The stream of packets that the leg shares with others; null while it has its own.
  const void* Followed(const Leg& leg) const { return leg.followed_; }
  // The leg hears the room unchanged and nothing else.
  bool HearsPlainMix(const Leg& leg) const {
    return !leg.is_deaf_ && !leg.is_held_ && leg.listen_gain_.is_unity() &&
           leg.hearing_before_.is_unity() && !leg.had_prompt_;
  }

 private:
  const Room& room_;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_ROOM_INSPECTOR_H_
