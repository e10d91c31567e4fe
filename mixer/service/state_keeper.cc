#include "mixer/service/state_keeper.h"

#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "base/log.h"
#include "base/status.h"
#include "mixer/room/leg_checkpoint.h"

namespace narada::mixer::service {
namespace {

constexpr char kEpochKey[] = "epoch";
constexpr char kRoomPrefix[] = "room/";
constexpr char kLegPrefix[] = "leg/";
constexpr char kDialogPrefix[] = "dialog/";

// What a killed process may take to let go of its lock.
constexpr absl::Duration kPatience = absl::Seconds(2);

constexpr continuity::SlotLayout kLayout = {.version = room::LegCheckpoint::kVersion,
                                            .value_bytes = sizeof(room::LegCheckpoint)};

}  // namespace

absl::StatusOr<std::unique_ptr<StateKeeper>> StateKeeper::Open(const std::string& folder,
                                                               uint32_t legs_max) {
  ASSIGN_OR_RETURN(continuity::StateFolder opened,
                   continuity::StateFolder::Open(folder, kPatience));
  ASSIGN_OR_RETURN(continuity::SlotFile slots,
                   continuity::SlotFile::Open(opened.File("legs"), kLayout, legs_max));
  ASSIGN_OR_RETURN(std::unique_ptr<continuity::Journal> journal,
                   continuity::Journal::Open(opened.File("journal")));
  return std::unique_ptr<StateKeeper>(
      new StateKeeper(std::move(opened), std::move(slots), std::move(journal)));
}

StateKeeper::StateKeeper(continuity::StateFolder folder, continuity::SlotFile slots,
                         std::unique_ptr<continuity::Journal> journal)
    : folder_(std::move(folder)),
      journal_(std::move(journal)),
      slots_(std::move(slots)),
      is_taken_(slots_.count(), false) {}

LastLife StateKeeper::TakeLastLife() {
  LastLife last;
  std::map<std::string, ResumableLeg> legs;
  for (const auto& [key, value] : journal_->TakeRecords()) {
    absl::string_view id = key;
    bool is_whole = true;
    if (key == kEpochKey) {
      last.epoch = value;
    } else if (absl::ConsumePrefix(&id, kRoomPrefix)) {
      is_whole = last.rooms.emplace_back().ParseFromString(value);
    } else if (absl::ConsumePrefix(&id, kLegPrefix)) {
      is_whole = legs[std::string(id)].leg.ParseFromString(value);
    } else if (absl::ConsumePrefix(&id, kDialogPrefix)) {
      is_whole = legs[std::string(id)].dialog.ParseFromString(value);
    }
    if (!is_whole) LOG_WARNING("the kept state of {} cannot be read", key);
  }
  for (auto& [id, leg] : legs) {
    // Killed while the leg was being made or ended: nobody was told that it is there.
    if (leg.leg.leg_id().empty() || !leg.dialog.has_creation()) {
      ForgetLeg(id);
      continue;
    }
    last.legs.push_back(std::move(leg));
  }
  return last;
}

void StateKeeper::KeepEpoch(absl::string_view epoch) { journal_->Put(kEpochKey, epoch); }

void StateKeeper::KeepRoom(const state_v1::RoomRecord& room) {
  journal_->Put(absl::StrCat(kRoomPrefix, room.room().room_id()), room.SerializeAsString());
}

void StateKeeper::ForgetRoom(absl::string_view room_id) {
  journal_->Erase(absl::StrCat(kRoomPrefix, room_id));
}

void StateKeeper::KeepLeg(const v1::Leg& leg) {
  journal_->Put(absl::StrCat(kLegPrefix, leg.leg_id()), leg.SerializeAsString());
}

void StateKeeper::KeepDialog(absl::string_view leg_id, const state_v1::DialogRecord& dialog) {
  journal_->Put(absl::StrCat(kDialogPrefix, leg_id), dialog.SerializeAsString());
}

void StateKeeper::ForgetLeg(absl::string_view leg_id) {
  journal_->Erase(absl::StrCat(kLegPrefix, leg_id));
  journal_->Erase(absl::StrCat(kDialogPrefix, leg_id));
}

uint32_t StateKeeper::TakeSlot() {
  std::lock_guard lock(mutex_);
  const uint32_t count = slots_.count();
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t index = (next_ + i) % count;
    if (is_taken_[index]) continue;
    is_taken_[index] = true;
    next_ = index + 1;
    return index;
  }
  return kNoSlot;
}

bool StateKeeper::TakeSlotAgain(uint32_t index) {
  std::lock_guard lock(mutex_);
  if (index >= slots_.count() || is_taken_[index]) return false;
  is_taken_[index] = true;
  return true;
}

continuity::Slot StateKeeper::slot(uint32_t index) {
  if (index == kNoSlot) return {};
  std::lock_guard lock(mutex_);
  return slots_.slot(index);
}

void StateKeeper::ReturnSlot(uint32_t index) {
  if (index == kNoSlot) return;
  std::lock_guard lock(mutex_);
  CHECK(is_taken_[index]) << "slot " << index << " was returned without having been taken";
  slots_.slot(index).Clear();
  is_taken_[index] = false;
}

void StateKeeper::Remove() { folder_.Remove(); }

}  // namespace narada::mixer::service
