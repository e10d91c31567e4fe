#include "mixer/engine/engine.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <latch>
#include <utility>

#include "absl/time/clock.h"
#include "base/check.h"
#include "base/status.h"
#include "mixer/engine/engine_status.h"
#include "mixer/engine/leg_sources.h"
#include "mixer/engine/system_call_filter.h"
#include "mixer/engine/worker_loop.h"

namespace narada::mixer::engine {
namespace {

// How long the message thread waits at most for a bell; a lost one costs no more than this.
constexpr timeval kBellTimeout = {.tv_sec = 0, .tv_usec = 100'000};

// Before a full command queue is tried again.
constexpr absl::Duration kQueueFullDelay = absl::Milliseconds(2);

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
    WorkerOptions worker_options{.index = static_cast<int>(i),
                                 .workers = static_cast<int>(seats.size()),
                                 .legs_max = options_.admission.legs_max,
                                 .steps_per_tick = options_.steps_per_tick,
                                 .commands_max = options_.commands_max,
                                 .messages_max = options_.messages_max,
                                 .bell = bell_[0],
                                 .shared_sockets = {},
                                 .source_seed = options_.source_seed};
    if (options_.shared_sockets != nullptr) {
      worker_options.shared_sockets = options_.shared_sockets->HandlesOf(worker_options.index);
    }
    seat->worker = std::make_unique<Worker>(worker_options, *seat->network);
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

absl::Status Engine::AddLeg(room::RoomId room, std::unique_ptr<WorkerLeg>& leg,
                            std::function<void()> on_added, Entry entry) {
  ASSIGN_OR_RETURN(RoomRecord* const place, TakePlace(room, *leg, -1, entry));
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
  ASSIGN_OR_RETURN(RoomRecord* const place,
                   TakePlace(to, *record->leg, record->worker, Entry::kNew));
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

absl::Status Engine::UpdateMedia(room::LegId leg, std::unique_ptr<room::LegStreams>& streams,
                                 std::function<void()> on_done) {
  const std::shared_ptr<LegRecord> record = FindLeg(leg);
  if (record == nullptr) return LegUnknown();
  std::lock_guard leg_lock(record->mutex);
  if (record->leg == nullptr) return LegUnknown();
  WorkerLeg& the_leg = *record->leg;
  SharedSeat* const seat = the_leg.seat();
  const LegSources sources = SourcesOf(streams->media());
  // The new ones are the leg's before the worker looks for them, the old ones until it does no more.
  if (seat != nullptr) RETURN_IF_ERROR(seat->Claim(sources));
  CallCommand update([&](Worker&) noexcept {
    the_leg.UpdateMedia(streams);
    return CommandOutcome::kDone;
  });
  update.on_finish = [&](Command&) { on_done(); };
  Run(record->worker, update);
  if (seat != nullptr) seat->KeepOnly(sources);
  return absl::OkStatus();
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

size_t Engine::CountLegs() const {
  std::lock_guard lock(mutex_);
  return legs_.size();
}

size_t Engine::CountRooms() const {
  std::lock_guard lock(mutex_);
  return rooms_.size();
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
