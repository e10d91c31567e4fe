// A room as MixerState keeps it: a few bytes, for a mixer may hold a million rooms in which nobody is.
//   KeptRoom kept(entry, clock.Now());
//   RoomEntry entry = kept.ToEntry(room_id);          // as the API shows it
// What the API tells of a room is kept encoded and read only when somebody asks. Not thread-safe.
#ifndef NARADA_MIXER_SERVICE_KEPT_ROOM_H_
#define NARADA_MIXER_SERVICE_KEPT_ROOM_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mixer/room/ids.h"
#include "mixer/service/encoded.h"
#include "narada/mixer/state/v1/state.pb.h"
#include "narada/mixer/v1/room.pb.h"

namespace narada::mixer::service {

struct RoomEntry {
  room::RoomId number;
  v1::Room room;  // leg_count is kept up to date; worker is the engine's to tell.
  absl::Duration empty_timeout = absl::InfiniteDuration();
  std::string request_id;  // Of the request that made it; empty: none, or nobody keeps it.
};

class KeptRoom {
 public:
  // Empty since `now`.
  KeptRoom(const RoomEntry& entry, absl::Time now);

  room::RoomId number() const { return number_; }
  // `room_id` is its key in the map, and not kept here.
  RoomEntry ToEntry(absl::string_view room_id) const;
  // For the next life of the mixer, which finds its legs by itself.
  state::v1::RoomRecord ToRecord(absl::string_view room_id) const;

  void SetSettings(const v1::RoomSettings& settings);
  void CountLegs(int change, absl::Time now);
  // It has been empty for its timeout.
  bool IsEmptyTooLong(absl::Time now) const;

 private:
  room::RoomId number_;
  Encoded<state::v1::RoomRecord> record_;  // Without room_id and leg_count.
  absl::Time empty_since_;
  absl::Duration empty_timeout_;
  uint32_t legs_ = 0;
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_KEPT_ROOM_H_
