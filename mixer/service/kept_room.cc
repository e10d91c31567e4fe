#include "mixer/service/kept_room.h"

#include <utility>

#include "mixer/service/convert.h"

namespace narada::mixer::service {
KeptRoom::KeptRoom(const RoomEntry& entry, absl::Time now)
    : number_(entry.number), empty_since_(now), empty_timeout_(entry.empty_timeout) {
  state::v1::RoomRecord record;
  *record.mutable_room() = entry.room;
  record.mutable_room()->clear_room_id();
  record.mutable_room()->clear_leg_count();
  record.mutable_room()->clear_worker();
  record.set_request_id(entry.request_id);
  record_ = Encoded<state::v1::RoomRecord>(record);
}

RoomEntry KeptRoom::ToEntry(absl::string_view room_id) const {
  state::v1::RoomRecord record = record_.Decode();
  RoomEntry entry;
  entry.number = number_;
  entry.room = std::move(*record.mutable_room());
  entry.room.set_room_id(std::string(room_id));
  entry.room.set_leg_count(legs_);
  entry.empty_timeout = empty_timeout_;
  entry.request_id = std::move(*record.mutable_request_id());
  return entry;
}

state::v1::RoomRecord KeptRoom::ToRecord(absl::string_view room_id) const {
  state::v1::RoomRecord record = record_.Decode();
  record.mutable_room()->set_room_id(std::string(room_id));
  if (empty_timeout_ != absl::InfiniteDuration()) {
    *record.mutable_empty_timeout() = ToDuration(empty_timeout_);
  }
  return record;
}

void KeptRoom::SetSettings(const v1::RoomSettings& settings) {
  state::v1::RoomRecord record = record_.Decode();
  *record.mutable_room()->mutable_settings() = settings;
  record_ = Encoded<state::v1::RoomRecord>(record);
}

void KeptRoom::CountLegs(int change, absl::Time now) {
  legs_ += static_cast<uint32_t>(change);
  empty_since_ = legs_ == 0 ? now : absl::InfiniteFuture();
}

bool KeptRoom::IsEmptyTooLong(absl::Time now) const { return empty_since_ + empty_timeout_ <= now; }

}  // namespace narada::mixer::service
