#include "mixer/engine/engine.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <latch>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/status.h"
#include "mixer/engine/system_call_filter.h"
#include "mixer/engine/worker_loop.h"

namespace narada::mixer::engine {
namespace {

// How long the message thread waits at most for a bell; a lost one costs no more than this.
constexpr timeval kBellTimeout = {.tv_sec = 0, .tv_usec = 100'000};

// Before a full command queue is tried again.
constexpr absl::Duration kQueueFullDelay = absl::Milliseconds(2);

absl::Status StatusOf(CommandOutcome outcome) {
  switch (outcome) {
    case CommandOutcome::kDone:
      return absl::OkStatus();
    case CommandOutcome::kWorkerFull:
      return ErrorWithReason(absl::StatusCode::kResourceExhausted, "MIXER_FULL",
                             "the worker has no place for another leg");
    case CommandOutcome::kPlaybacksPending:
      return ErrorWithReason(absl::StatusCode::kResourceExhausted, "PLAYBACKS_PENDING",
                             "as many playbacks wait for the target as it can hold; stop some");
    case CommandOutcome::kNoTelephoneEvent:
      return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "NO_TELEPHONE_EVENT",
                             "the far end did not agree to telephone-event");
    case CommandOutcome::kDigitsPending:
      return ErrorWithReason(absl::StatusCode::kResourceExhausted, "DIGITS_PENDING",
                             "as many digits wait to be sent as a leg can hold; send them later");
  }
  return absl::InternalError("an outcome without a status");
}

absl::Status RoomUnknown() {
  return ErrorWithReason(absl::StatusCode::kNotFound, "ROOM_UNKNOWN", "there is no such room");
}

absl::Status LegUnknown() {
  return ErrorWithReason(absl::StatusCode::kNotFound, "LEG_UNKNOWN", "there is no such leg");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> Engine::Start(const EngineOptions& options,
                                                      std::vector<WorkerSeat> seats,
                                                      EngineListener& listener) {
  std::unique_ptr<Engine> engine(new Engine(options, listener));
  RETURN_IF_ERROR(engine->StartThreads(std::move(seats)));
  return engine;
}

Engine::Engine(const EngineOptions& options, EngineListener& listener)
    : options_(options), listener_(listener) {}

absl::Status Engine::StartThreads(std::vector<WorkerSeat> seats) {
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, bell_) != 0) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "FILES_EXHAUSTED",
                           "no socket pair for the workers' bell");
  }
  setsockopt(bell_[1], SOL_SOCKET, SO_RCVTIMEO, &kBellTimeout, sizeof(kBellTimeout));

  std::vector<Worker*> peers;
  for (size_t i = 0; i < seats.size(); ++i) {
    auto seat = std::make_unique<Seat>();
    seat->network = std::move(seats[i].network);
    seat->prepare = std::move(seats[i].prepare);
    seat->worker = std::make_unique<Worker>(WorkerOptions{.index = static_cast<int>(i),
                                                          .workers = static_cast<int>(seats.size()),
                                                          .legs_max = options_.admission.legs_max,
                                                          .steps_per_tick = options_.steps_per_tick,
                                                          .commands_max = options_.commands_max,
                                                          .messages_max = options_.messages_max,
                                                          .bell = bell_[0]},
                                            *seat->network);
    peers.push_back(seat->worker.get());
    workers_.push_back(std::move(seat));
  }
  for (Worker* const worker : peers) worker->MeetPeers(peers);
  reader_ = std::make_unique<MessageReader>(peers);
  reader_thread_ = std::thread([this] { ReadMessages(); });

  std::vector<absl::Status> results(workers_.size());
  std::latch prepared(static_cast<ptrdiff_t>(workers_.size()));
  for (size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->thread = std::thread([this, i, &results, &prepared] {
      Seat& seat = *workers_[i];
      results[i] = seat.prepare();
      const bool is_ready = results[i].ok();
      prepared.count_down();  // `results` and `prepared` may be gone from here on.
      if (is_ready) RunWorker(seat);
    });
  }
  prepared.wait();
  for (const absl::Status& result : results) RETURN_IF_ERROR(result);
  return absl::OkStatus();
}

void Engine::RunWorker(Seat& seat) {
  WorkerLoop loop(*seat.worker, *seat.network);
  if (!options_.filter_system_calls) {
    loop.Run(stop_workers_);
    return;
  }
  CHECK(SystemCallFilter::Install().ok()) << "PrepareProcess() tried it and it worked";
  loop.Run(stop_workers_);
  SystemCallFilter::ExitThread();
}

Engine::~Engine() {
  std::vector<room::LegId> legs;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, record] : legs_) legs.push_back({id});
  }
  for (const room::LegId leg : legs) RemoveLeg(leg, {}).status().IgnoreError();
  stop_workers_.store(true, std::memory_order_release);
  for (const std::unique_ptr<Seat>& seat : workers_) {
    if (seat->thread.joinable()) seat->thread.join();
  }
  stop_reading_.store(true);
  if (bell_[0] >= 0) send(bell_[0], "", 1, MSG_DONTWAIT);
  if (reader_thread_.joinable()) reader_thread_.join();
  for (const int end : bell_) {
    if (end >= 0) close(end);
  }
}

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

absl::Status Engine::AddLeg(room::RoomId room, std::unique_ptr<WorkerLeg>& leg,
                            std::function<void()> on_added, Entry entry) {
  ASSIGN_OR_RETURN(RoomRecord* const place, TakePlace(room, -1, entry));
  auto record = std::make_shared<LegRecord>();
  WorkerLeg& the_leg = *leg;
  std::lock_guard leg_lock(record->mutex);
  {
    std::lock_guard lock(mutex_);
    legs_[leg->id().value] = record;
    record->room = room;
    record->worker = place->worker;
  }
  CallCommand add([&](Worker& worker) noexcept { return worker.AddLeg(the_leg, *place->room); });
  if (on_added) {
    add.on_finish = [&](Command& command) {
      if (command.outcome == CommandOutcome::kDone) on_added();
    };
  }
  Run(record->worker, add);
  if (add.outcome == CommandOutcome::kDone) {
    record->leg = std::move(leg);
    return absl::OkStatus();
  }
  {
    std::lock_guard lock(mutex_);
    legs_.erase(the_leg.id().value);
  }
  ReleasePlace(room, record->worker);
  return StatusOf(add.outcome);
}

absl::Status Engine::MoveLeg(room::LegId leg, room::RoomId to, bool stop_playback,
                             std::function<void()> on_moved) {
  const std::shared_ptr<LegRecord> record = FindLeg(leg);
  if (record == nullptr) return LegUnknown();
  std::lock_guard leg_lock(record->mutex);
  if (record->leg == nullptr) return LegUnknown();
  if (record->room == to) {
    if (stop_playback) {
      WorkerLeg& the_leg = *record->leg;
      CallCommand stop([&](Worker&) noexcept {
        the_leg.StopPlayback(0);
        return CommandOutcome::kDone;
      });
      Run(record->worker, stop);
    }
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(RoomRecord* const place, TakePlace(to, record->worker, Entry::kNew));
  MoveLegCommand move(*record->leg, *place->room, place->worker);
  move.stop_playback = stop_playback;
  if (on_moved) move.on_finish = [&](Command&) { on_moved(); };
  Run(record->worker, move);
  ReleasePlace(record->room, record->worker);
  record->room = to;
  record->worker = place->worker;
  return absl::OkStatus();
}

absl::StatusOr<RemovedLeg> Engine::RemoveLeg(
    room::LegId leg, std::function<void(const room::LegStatistics&)> on_removed) {
  const std::shared_ptr<LegRecord> record = FindLeg(leg);
  if (record == nullptr) return LegUnknown();
  std::lock_guard leg_lock(record->mutex);
  if (record->leg == nullptr) return LegUnknown();
  RemoveLegCommand remove(*record->leg);
  if (on_removed) remove.on_finish = [&](Command&) { on_removed(remove.statistics); };
  Run(record->worker, remove);
  {
    std::lock_guard lock(mutex_);
    legs_.erase(leg.value);
  }
  ReleasePlace(record->room, record->worker);
  return RemovedLeg{.leg = std::move(record->leg), .statistics = remove.statistics};
}

absl::Status Engine::WithLeg(room::LegId leg,
                             absl::FunctionRef<CommandOutcome(WorkerLeg&, MediaTime now)> f,
                             std::function<void()> on_done) {
  const std::shared_ptr<LegRecord> record = FindLeg(leg);
  if (record == nullptr) return LegUnknown();
  std::lock_guard leg_lock(record->mutex);
  if (record->leg == nullptr) return LegUnknown();
  WorkerLeg& the_leg = *record->leg;
  CallCommand call([&](Worker& worker) noexcept { return f(the_leg, worker.now()); });
  if (on_done) {
    call.on_finish = [&](Command& command) {
      if (command.outcome == CommandOutcome::kDone) on_done();
    };
  }
  Run(record->worker, call);
  return StatusOf(call.outcome);
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

void Engine::SampleLegs(int worker, uint32_t slice, uint32_t slices,
                        std::vector<LegSample>& samples) {
  samples.resize(options_.admission.legs_max / slices + 1);
  size_t count = 0;
  CallCommand sample([&](Worker& the_worker) noexcept {
    count = the_worker.SampleLegs(slice, slices, samples);
    return CommandOutcome::kDone;
  });
  Run(worker, sample);
  samples.resize(count);
}

absl::StatusOr<std::optional<int>> Engine::WorkerOf(room::RoomId room) const {
  std::lock_guard lock(mutex_);
  const auto found = rooms_.find(room.value);
  if (found == rooms_.end()) return RoomUnknown();
  if (found->second->worker < 0) return std::optional<int>();
  return std::optional<int>(found->second->worker);
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

size_t Engine::CountLegs() const {
  std::lock_guard lock(mutex_);
  return legs_.size();
}

size_t Engine::CountRooms() const {
  std::lock_guard lock(mutex_);
  return rooms_.size();
}

absl::StatusOr<Engine::RoomRecord*> Engine::TakePlace(room::RoomId room, int near, Entry entry) {
  std::lock_guard lock(mutex_);
  const auto found = rooms_.find(room.value);
  if (found == rooms_.end()) return RoomUnknown();
  RoomRecord& record = *found->second;
  if (record.legs >= record.legs_max) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "ROOM_FULL",
                           absl::StrCat("the room holds its ", record.legs_max, " legs"));
  }
  RETURN_IF_ERROR(GiveWorker(record, near));
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

void Engine::MakeRoom(RoomRecord& room, int worker) {
  room.config.scratch = &workers_[static_cast<size_t>(worker)]->worker->scratch();
  room.room = std::make_unique<WorkerRoom>(room.config);
  room.worker = worker;
}

WorkerLoad Engine::LoadOf(const Seat& seat) const {
  const WorkerFigures figures = seat.worker->status().Read();
  return {.measured = figures.load, .legs_measured = figures.legs_at_load, .legs = seat.legs};
}

std::shared_ptr<Engine::LegRecord> Engine::FindLeg(room::LegId leg) const {
  std::lock_guard lock(mutex_);
  const auto found = legs_.find(leg.value);
  return found == legs_.end() ? nullptr : found->second;
}

void Engine::Run(int worker, Command& command) {
  Seat& seat = *workers_[static_cast<size_t>(worker)];
  while (true) {
    {
      std::lock_guard lock(seat.post_mutex);
      if (seat.worker->Post(&command)) break;
    }
    absl::SleepFor(kQueueFullDelay);  // The worker takes a queue's worth in some steps.
  }
  command.Wait();
}

void Engine::ReadMessages() {
  while (!stop_reading_.load()) {
    char rings[16];
    recv(bell_[1], rings, sizeof(rings), 0);
    reader_->Drain([this](WorkerMessage& message) { HandleMessage(message); });
  }
}

void Engine::HandleMessage(WorkerMessage& message) {
  switch (message.kind) {
    case WorkerMessage::Kind::kEvent:
      listener_.OnEvent(message.event);
      return;
    case WorkerMessage::Kind::kCommand:
      message.command->Finish();
      return;
    case WorkerMessage::Kind::kEventsLost:
      listener_.OnEventsLost(message.events_lost);
      return;
    case WorkerMessage::Kind::kRetiredPlans:
      while (media::PlaybackPlan* const plan = message.plans) {
        message.plans = plan->next;
        delete plan;
      }
      return;
  }
}

}  // namespace narada::mixer::engine
