// The workers with their threads, and the one way to them: rooms and legs by number, each request
// carried out by the worker that has them.
//   absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Start(options, std::move(seats), listener);
//   const room::RoomId room = engine->CreateRoom({.rate = rate}, legs_max);
//   absl::Status status = engine->AddLeg(room, std::move(leg), [] { ...told in order with events... });
//   absl::StatusOr<RemovedLeg> removed = engine->RemoveLeg(id, {});
// Thread-safe; calls wait for their worker (some steps) and must not be made on a worker or in a
// listener. Callbacks and the listener run on the engine's message thread, in the order in which the
// workers made things happen, and must not wait for the engine.
#ifndef NARADA_MIXER_ENGINE_ENGINE_H_
#define NARADA_MIXER_ENGINE_ENGINE_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mixer/engine/message_reader.h"
#include "mixer/engine/placement.h"
#include "mixer/engine/shared_sockets.h"
#include "mixer/engine/worker.h"
#include "mixer/net/network.h"

namespace narada::mixer::engine {

// Hears what happens in the rooms. Message thread.
class EngineListener {
 public:
  virtual ~EngineListener() = default;
  virtual void OnEvent(const room::RoomEvent& event) = 0;
  // So many events are gone for good: a queue was full.
  virtual void OnEventsLost(uint64_t count) = 0;
};

// What a worker is made with. `prepare` runs on its thread before the first step, where system calls
// are still allowed: it enables the ring and pins the thread.
struct WorkerSeat {
  std::unique_ptr<net::Network> network;
  std::function<absl::Status()> prepare;
};

struct EngineOptions {
  AdmissionLimits admission;  // Per worker.
  int steps_per_tick = 8;
  size_t commands_max = 1024;
  size_t messages_max = 16384;
  size_t rooms_max = 1'000'000;
  // Every worker installs SystemCallFilter; PrepareProcess() has succeeded.
  bool filter_system_calls = false;
  // Sockets that legs share, of as many workers; outlives the engine. Null: none. The networks have room for them.
  const SharedSockets* shared_sockets = nullptr;
  uint64_t source_seed = 0;  // See SourceTable.
};

// Whether a leg may be refused for the load that it brings.
enum class Entry : uint8_t {
  kNew,
  kResumed,  // It was there before the mixer was killed, so it had been admitted.
};

// What a room is from now on.
struct RoomChange {
  room::RoomControls controls;
  std::optional<std::vector<room::GroupConfig>> groups;  // Unset: as they are.
  size_t legs_max = 0;                                   // Who is there already stays.
};

struct RemovedLeg {
  std::unique_ptr<WorkerLeg> leg;  // To be freed, its sockets to be closed.
  room::LegStatistics statistics;
};

class Engine {
 public:
  // Errors: what a seat's `prepare` returned.
  static absl::StatusOr<std::unique_ptr<Engine>> Start(const EngineOptions& options,
                                                       std::vector<WorkerSeat> seats,
                                                       EngineListener& listener);
  // Removes all legs and stops the threads.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Never used twice. The room gets its worker with its first leg. Errors: RESOURCE_EXHAUSTED /
  // MIXER_FULL.
  absl::StatusOr<room::RoomId> CreateRoom(room::RoomConfig config, size_t legs_max);
  room::LegId NewLegId() { return {next_id_.fetch_add(1)}; }

  // Errors: NOT_FOUND / ROOM_UNKNOWN.
  absl::Status UpdateRoom(room::RoomId room, RoomChange change, std::function<void()> on_updated);

  // Takes rooms off their workers where the last leg has left and nothing plays or is recorded, and
  // frees what they held there. To be called about once a second.
  void TakeBackEmptyRooms();

  // Errors: NOT_FOUND / ROOM_UNKNOWN, FAILED_PRECONDITION / ROOM_NOT_EMPTY.
  absl::Status DeleteRoom(room::RoomId room, std::function<void()> on_deleted);

  // `on_added` comes before any event of the leg. On error the leg is dead and its sockets are
  // closed by its end. A leg on shared sockets has claimed its sources; a room without a worker gets that of the sockets.
  // Errors: NOT_FOUND / ROOM_UNKNOWN, RESOURCE_EXHAUSTED / ROOM_FULL | MIXER_FULL, FAILED_PRECONDITION /
  // ROOM_ON_OTHER_WORKER: shared sockets are of another worker.
  absl::Status AddLeg(room::RoomId room, std::unique_ptr<WorkerLeg>& leg,
                      std::function<void()> on_added, Entry entry = Entry::kNew);
  // Without a gap, on whichever worker the room is; a leg on shared sockets stays on its worker. Moving to where it is
  // does nothing. Errors: NOT_FOUND / LEG_UNKNOWN | ROOM_UNKNOWN, RESOURCE_EXHAUSTED / ROOM_FULL | MIXER_FULL,
  // FAILED_PRECONDITION / ROOM_ON_OTHER_WORKER.
  absl::Status MoveLeg(room::LegId leg, room::RoomId to, bool stop_playback,
                       std::function<void()> on_moved);
  // `on_removed` comes after all of the leg's events. Errors: NOT_FOUND / LEG_UNKNOWN.
  absl::StatusOr<RemovedLeg> RemoveLeg(room::LegId leg,
                                       std::function<void(const room::LegStatistics&)> on_removed);

  // Gives the leg other media (WorkerLeg::UpdateMedia()); `streams` is left with what is not needed any more. Errors:
  // NOT_FOUND / LEG_UNKNOWN, ALREADY_EXISTS / SHARED_SOURCE_TAKEN; then all is as it was.
  absl::Status UpdateMedia(room::LegId leg, std::unique_ptr<room::LegStreams>& streams,
                           std::function<void()> on_done);

  // Calls `f` on the worker that has the leg; it must be noexcept in effect, and may use nothing but
  // the leg and what it captured. `on_done` as above. Errors: NOT_FOUND / LEG_UNKNOWN, and what
  // StatusOf() makes of the outcome.
  absl::Status WithLeg(room::LegId leg,
                       absl::FunctionRef<CommandOutcome(WorkerLeg&, MediaTime now)> f,
                       std::function<void()> on_done = {});
  // The same for a room, which gets a worker by it. Errors: NOT_FOUND / ROOM_UNKNOWN, MIXER_FULL.
  absl::Status WithRoom(room::RoomId room,
                        absl::FunctionRef<CommandOutcome(Worker&, WorkerRoom&)> f,
                        std::function<void()> on_done = {});

  // Overwrites `samples` with the statistics of every leg of the worker whose place is `slice` modulo
  // `slices`.
  void SampleLegs(int worker, uint32_t slice, uint32_t slices, std::vector<LegSample>& samples);

  // Where a room lives; empty before its first leg. Errors: NOT_FOUND / ROOM_UNKNOWN.
  absl::StatusOr<std::optional<int>> WorkerOf(room::RoomId room) const;
  // The same, or where it would come to live if its first leg came now.
  absl::StatusOr<int> ProspectiveWorkerOf(room::RoomId room) const;
  // Puts a room that has no worker yet on one, for good. For tests and operators; otherwise load decides.
  absl::Status PinRoom(room::RoomId room, int worker);
  // Legs that are there, by room.
  size_t CountLegs(room::RoomId room) const;
  size_t CountLegs() const;
  size_t CountRooms() const;

  int workers() const { return static_cast<int>(workers_.size()); }
  WorkerFigures FiguresOf(int worker) const {
    return workers_[static_cast<size_t>(worker)]->worker->status().Read();
  }

 private:
  struct RoomRecord {
    room::RoomConfig config;
    size_t legs_max;
    uint32_t legs = 0;      // There or on their way.
    uint32_t requests = 0;  // Under way; the room may not go meanwhile.
    uint32_t uses = 0;      // Legs and requests that there ever were, modulo 2^32.
    int worker = -1;
    bool is_pinned = false;
    bool is_empty = false;  // And in emptied_, or being taken back.
    bool is_questioned =
        false;  // Its worker is asked whether it is at rest; it may not go meanwhile.
    std::unique_ptr<WorkerRoom> room;  // With its worker.
  };
  // A leg's requests are carried out one after the other, under its mutex, which guards the rest.
  struct LegRecord {
    std::mutex mutex;
    std::unique_ptr<WorkerLeg> leg;  // Null: removed.
    room::RoomId room;
    int worker = -1;
  };
  struct Seat {
    std::unique_ptr<net::Network> network;
    std::unique_ptr<Worker> worker;
    std::function<absl::Status()> prepare;
    std::thread thread;
    std::mutex post_mutex;  // One producer at a time; the worker never sees it.
    uint32_t legs = 0;      // Admitted; guarded by the engine's mutex.
  };

  Engine(const EngineOptions& options, EngineListener& listener);

  absl::Status StartThreads(std::vector<WorkerSeat> seats);
  void ReadMessages();
  void HandleMessage(WorkerMessage& message);
  void RunWorker(Seat& seat);
  // Waits until the worker has done it.
  void Run(int worker, Command& command);

  // Finds the room, gives it a worker, and counts one leg more; ReleasePlace() takes it back.
  // `near` is the worker that the leg is on, or -1.
  absl::StatusOr<RoomRecord*> TakePlace(room::RoomId room, const WorkerLeg& leg, int near,
                                        Entry entry);
  void ReleasePlace(room::RoomId room, int worker);
  // True if there is nothing more to be done about it; else to be asked again.
  bool TakeBack(room::RoomId room);
  // Under mutex_, as LoadOf().
  absl::Status GiveWorker(RoomRecord& room, int near);
  // The same for a leg that cannot leave its worker.
  absl::Status GiveWorkerOf(const SharedSeat& seat, RoomRecord& room);
  void NoteIfEmpty(RoomRecord& room);
  void MakeRoom(RoomRecord& room, int worker);
  WorkerLoad LoadOf(const Seat& seat) const;
  std::shared_ptr<LegRecord> FindLeg(room::LegId leg) const;

  // Set at start.
  const EngineOptions options_;
  EngineListener& listener_;
  std::vector<std::unique_ptr<Seat>> workers_;
  int bell_[2] = {-1, -1};  // Rung by workers, heard by the message thread.

  std::atomic<uint64_t> next_id_{1};
  std::atomic<bool> stop_workers_{false};
  std::atomic<bool> stop_reading_{false};
  std::thread reader_thread_;
  std::unique_ptr<MessageReader> reader_;  // Message thread.

  // Of std, not of Abseil, whose packaged library TSan cannot look into. Guards what follows, the
  // rooms' records, and Seat::legs.
  mutable std::mutex mutex_;
  std::condition_variable taken_back_;  // A room may be deleted again.
  absl::flat_hash_map<uint64_t, std::unique_ptr<RoomRecord>> rooms_;
  std::vector<room::RoomId> emptied_;  // Rooms that may be taken back.
  absl::flat_hash_map<uint64_t, std::shared_ptr<LegRecord>> legs_;
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_ENGINE_H_
