// The rooms of the engine: made, changed, found a worker for, taken back, deleted.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status.h"
#include "mixer/engine/engine.h"
#include "mixer/engine/engine_status.h"

namespace narada::mixer::engine {

absl::StatusOr<room::RoomId> Engine::CreateRoom(room::RoomConfig config, size_t legs_max) {
  std::lock_guard lock(mutex_);
  if (rooms_.size() >= options_.rooms_max) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "MIXER_FULL",
                           absl::StrCat("the mixer holds its ", options_.rooms_max, " rooms"));
  }
  config.id = {next_id_.fetch_add(1)};
  auto record = std::make_unique<RoomRecord>();
  record->config = config;
  record->legs_max = legs_max;
  rooms_[config.id.value] = std::move(record);
  return config.id;
}

absl::Status Engine::UpdateRoom(room::RoomId room, RoomChange change,
                                std::function<void()> on_updated) {
  RoomRecord* record;
  bool is_on_worker = false;
  std::unique_ptr<room::RoomGroups> groups;  // Freed here: afterwards those that there were before.
  if (change.groups.has_value()) groups = std::make_unique<room::RoomGroups>(*change.groups);
  const auto keep = [&] {
    record->config.controls = change.controls;
    if (change.groups.has_value()) record->config.groups = *std::move(change.groups);
    record->legs_max = change.legs_max;
  };
  {
    std::lock_guard lock(mutex_);
    const auto found = rooms_.find(room.value);
    if (found == rooms_.end()) return RoomUnknown();
    record = found->second.get();
    ++record->uses;
    is_on_worker = record->room != nullptr;
    if (is_on_worker) {
      ++record->requests;
    } else {
      keep();
    }
  }
  if (!is_on_worker) {  // Nobody is there who could notice.
    if (on_updated) on_updated();
    return absl::OkStatus();
  }
  CallCommand update([&](Worker&) noexcept {
    record->room->SetControls(change.controls);
    if (groups != nullptr) record->room->SetGroups(groups);
    return CommandOutcome::kDone;
  });
  // In the order in which the worker has done it.
  update.on_finish = [&](Command&) {
    {
      std::lock_guard lock(mutex_);
      keep();
    }
    if (on_updated) on_updated();
  };
  Run(record->worker, update);
  std::lock_guard lock(mutex_);
  --record->requests;
  return absl::OkStatus();
}

absl::Status Engine::DeleteRoom(room::RoomId room, std::function<void()> on_deleted) {
  std::unique_ptr<RoomRecord> record;
  {
    std::unique_lock lock(mutex_);
    auto found = rooms_.find(room.value);
    while (found != rooms_.end() && found->second->is_questioned) {
      taken_back_.wait(lock);
      found = rooms_.find(room.value);
    }
    if (found == rooms_.end()) return RoomUnknown();
    if (found->second->legs > 0 || found->second->requests > 0) {
      return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "ROOM_NOT_EMPTY",
                             "legs are in the room; remove them, or force it");
    }
    record = std::move(found->second);
    rooms_.erase(found);
  }
  if (record->room == nullptr) {  // It never had anything to do.
    if (on_deleted) on_deleted();
    return absl::OkStatus();
  }
  CallCommand close([&](Worker& worker) noexcept {
    worker.CloseRoom(*record->room);
    return CommandOutcome::kDone;
  });
  if (on_deleted) close.on_finish = [&](Command&) { on_deleted(); };
  Run(record->worker, close);
  return absl::OkStatus();
}

absl::Status Engine::WithRoom(room::RoomId room,
                              absl::FunctionRef<CommandOutcome(Worker&, WorkerRoom&)> f,
                              std::function<void()> on_done) {
  RoomRecord* record;
  {
    std::lock_guard lock(mutex_);
    const auto found = rooms_.find(room.value);
    if (found == rooms_.end()) return RoomUnknown();
    record = found->second.get();
    RETURN_IF_ERROR(GiveWorker(*record, -1));
    ++record->requests;
    ++record->uses;
  }
  CallCommand call([&](Worker& worker) noexcept { return f(worker, *record->room); });
  if (on_done) {
    call.on_finish = [&](Command& command) {
      if (command.outcome == CommandOutcome::kDone) on_done();
    };
  }
  Run(record->worker, call);
  std::lock_guard lock(mutex_);
  --record->requests;
  NoteIfEmpty(*record);
  return StatusOf(call.outcome);
}

void Engine::TakeBackEmptyRooms() {
  std::vector<room::RoomId> rooms;
  {
    std::lock_guard lock(mutex_);
    rooms.swap(emptied_);
  }
  std::erase_if(rooms, [this](room::RoomId room) { return TakeBack(room); });
  std::lock_guard lock(mutex_);
  emptied_.insert(emptied_.end(), rooms.begin(), rooms.end());
}

bool Engine::TakeBack(room::RoomId room) {
  RoomRecord* record;
  uint32_t uses;
  {
    std::lock_guard lock(mutex_);
    const auto found = rooms_.find(room.value);
    if (found == rooms_.end()) return true;
    record = found->second.get();
    if (record->legs > 0 || record->room == nullptr) {
      record->is_empty = false;
      return true;
    }
    if (record->requests > 0) return false;
    uses = record->uses;
    record->is_questioned = true;
  }
  bool is_at_rest = false;
  CallCommand ask([&](Worker&) noexcept {
    is_at_rest = !record->room->is_playing() && !record->room->is_recorded();
    return CommandOutcome::kDone;
  });
  Run(record->worker, ask);
  std::unique_ptr<WorkerRoom> taken;
  int worker = -1;
  {
    std::lock_guard lock(mutex_);
    record->is_questioned = false;
    taken_back_.notify_all();
    if (!is_at_rest || record->uses != uses) return false;
    record->is_empty = false;
    taken = std::move(record->room);
    worker = std::exchange(record->worker, -1);
  }
  CallCommand close([&](Worker& the_worker) noexcept {
    the_worker.CloseRoom(*taken);
    return CommandOutcome::kDone;
  });
  Run(worker, close);
  return true;
}

absl::StatusOr<std::optional<int>> Engine::WorkerOf(room::RoomId room) const {
  std::lock_guard lock(mutex_);
  const auto found = rooms_.find(room.value);
  if (found == rooms_.end()) return RoomUnknown();
  if (found->second->worker < 0) return std::optional<int>();
  return std::optional<int>(found->second->worker);
}

absl::StatusOr<int> Engine::ProspectiveWorkerOf(room::RoomId room) const {
  std::lock_guard lock(mutex_);
  const auto found = rooms_.find(room.value);
  if (found == rooms_.end()) return RoomUnknown();
  if (found->second->worker >= 0) return found->second->worker;
  std::vector<WorkerLoad> loads;
  for (const std::unique_ptr<Seat>& seat : workers_) loads.push_back(LoadOf(*seat));
  return ChooseWorker(loads, -1);
}

absl::Status Engine::PinRoom(room::RoomId room, int worker) {
  std::lock_guard lock(mutex_);
  const auto found = rooms_.find(room.value);
  if (found == rooms_.end()) return RoomUnknown();
  RoomRecord& record = *found->second;
  CHECK(record.worker < 0) << "a room stays on its worker";
  MakeRoom(record, worker);
  record.is_pinned = true;
  return absl::OkStatus();
}

size_t Engine::CountLegs(room::RoomId room) const {
  std::lock_guard lock(mutex_);
  const auto found = rooms_.find(room.value);
  return found == rooms_.end() ? 0 : found->second->legs;
}

absl::StatusOr<Engine::RoomRecord*> Engine::TakePlace(room::RoomId room, const WorkerLeg& leg,
                                                      int near, Entry entry) {
  std::lock_guard lock(mutex_);
  const auto found = rooms_.find(room.value);
  if (found == rooms_.end()) return RoomUnknown();
  RoomRecord& record = *found->second;
  if (record.legs >= record.legs_max) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "ROOM_FULL",
                           absl::StrCat("the room holds its ", record.legs_max, " legs"));
  }
  RETURN_IF_ERROR(leg.is_on_shared_sockets() ? GiveWorkerOf(*leg.seat(), record)
                                             : GiveWorker(record, near));
  Seat& seat = *workers_[static_cast<size_t>(record.worker)];
  // A leg that stays on its worker costs nothing more.
  if (record.worker != near && entry == Entry::kNew) {
    RETURN_IF_ERROR(Admit(LoadOf(seat), options_.admission));
  }
  ++record.legs;
  ++record.uses;
  ++seat.legs;
  return &record;
}

void Engine::ReleasePlace(room::RoomId room, int worker) {
  std::lock_guard lock(mutex_);
  RoomRecord& record = *rooms_.at(room.value);
  --record.legs;
  --workers_[static_cast<size_t>(worker)]->legs;
  NoteIfEmpty(record);
}

void Engine::NoteIfEmpty(RoomRecord& room) {
  if (room.legs > 0 || room.room == nullptr || room.is_pinned || room.is_empty) return;
  room.is_empty = true;
  emptied_.push_back(room.config.id);
}

absl::Status Engine::GiveWorker(RoomRecord& room, int near) {
  if (room.worker >= 0) return absl::OkStatus();
  std::vector<WorkerLoad> loads;
  for (const std::unique_ptr<Seat>& seat : workers_) loads.push_back(LoadOf(*seat));
  const int chosen = ChooseWorker(loads, near);
  MakeRoom(room, chosen);
  return absl::OkStatus();
}

absl::Status Engine::GiveWorkerOf(const SharedSeat& seat, RoomRecord& room) {
  const int worker = seat.place().worker;
  if (room.worker < 0) MakeRoom(room, worker);
  if (room.worker == worker) return absl::OkStatus();
  return ErrorWithReason(
      absl::StatusCode::kFailedPrecondition, "ROOM_ON_OTHER_WORKER",
      absl::StrCat(
          "the leg speaks through a shared socket of worker ", worker,
          ", and the room lives on worker ", room.worker,
          ", to which a socket of many legs cannot go; remove the leg and add it to the room "
          "anew, or give legs that are to move sockets of their own"));
}

void Engine::MakeRoom(RoomRecord& room, int worker) {
  room.config.scratch = &workers_[static_cast<size_t>(worker)]->worker->scratch();
  room.room = std::make_unique<WorkerRoom>(room.config);
  room.worker = worker;
}

WorkerLoad Engine::LoadOf(const Seat& seat) const {
  const WorkerFigures figures = seat.worker->status().Read();
  return {.measured = figures.load, .legs_measured = figures.legs_at_load, .legs = seat.legs};
}

}  // namespace narada::mixer::engine
