// One core's share of the mixer: its rooms, their legs, and the network they speak through. Nothing
// is shared, everything is handed over.
//   Worker worker({.index = 0}, network);
//   worker.Post(&command);                        // any thread, one at a time (hold a lock)
//   worker.Step(now);                             // its thread, every 20 ms / steps_per_tick
//   for (WorkerMessage m; worker.messages().TryPop(&m);) ...   // the engine's thread
// The worker's thread takes no lock, allocates nothing, and makes no system call but the network's.
#ifndef NARADA_MIXER_ENGINE_WORKER_H_
#define NARADA_MIXER_ENGINE_WORKER_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/spsc_ring.h"
#include "base/thread_checker.h"
#include "mixer/engine/command.h"
#include "mixer/engine/command_list.h"
#include "mixer/engine/due_rooms.h"
#include "mixer/engine/shared_sockets.h"
#include "mixer/engine/source_table.h"
#include "mixer/engine/worker_leg.h"
#include "mixer/engine/worker_message.h"
#include "mixer/engine/worker_status.h"
#include "mixer/net/network.h"
#include "mixer/room/event_sink.h"
#include "mixer/room/ids.h"
#include "mixer/room/leg_statistics.h"
#include "mixer/room/outbox.h"
#include "mixer/room/room_scratch.h"
#include "mixer/units/media_time.h"

namespace narada::mixer::engine {

struct WorkerOptions {
  int index = 0;
  int workers = 1;  // Of the whole mixer: peers that legs can come from.
  uint32_t legs_max = 2000;
  int steps_per_tick = 8;
  // Commands that may wait. More are refused, so that nobody waits for long.
  size_t commands_max = 1024;
  // Messages that may wait for the engine's thread; what is beyond is lost and counted.
  size_t messages_max = 16384;
  // Rung when there are messages: one end of a unix datagram socket pair, or -1.
  net::SocketHandle bell = -1;
  // Sockets that legs of this worker share; received from the first step on. They take the tags behind the legs' own.
  std::vector<SharedHandles> shared_sockets;
  uint64_t source_seed = 0;  // See SourceTable.
};

// One leg's statistics, copied on its worker.
struct LegSample {
  room::LegId leg;
  room::LegStatistics statistics;
};

class Worker final : private net::ReceiveHandler, private room::OutboxCarrier {
 public:
  Worker(const WorkerOptions& options, net::Network& network);
  ~Worker() override = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Of this worker's rooms, which are made with it.
  room::RoomScratch& scratch() noexcept { return scratch_; }

  // Before the first Step(): all workers by index, this one among them.
  void MeetPeers(std::span<Worker* const> peers) { peers_.assign(peers.begin(), peers.end()); }

  // Hands a command over. False when too many wait. One producer at a time: callers hold a mutex
  // that the worker never sees.
  bool Post(Command* command) noexcept { return commands_.TryPush(std::move(command)); }

  // One reader.
  SpscRing<WorkerMessage>& messages() noexcept { return messages_; }
  // Any thread.
  const WorkerStatus& status() const noexcept { return status_; }
  const WorkerOptions& options() const noexcept { return options_; }

  // One pass, on the worker's thread, as all that follows.
  void Step(MediaTime now) noexcept;

  // For the loop that times the steps: takes what came in while it had to wake early.
  void ReceiveEarly(MediaTime now) noexcept;
  // What the step just made cost, how late it began, and how many times 20 ms were skipped before.
  void RecordStep(MediaDuration lateness, MediaDuration busy, int64_t ticks_skipped) noexcept;
  MediaDuration step_length() const noexcept {
    return room::Room::kTickLength / options_.steps_per_tick;
  }

  // For commands.
  void Complete(Command& command) noexcept { finished_before_events_.PushBack(command); }
  void CompleteAfterEvents(Command& command) noexcept { finished_after_events_.PushBack(command); }
  CommandOutcome AddLeg(WorkerLeg& leg, WorkerRoom& room) noexcept;
  CommandOutcome PlayToRoom(WorkerRoom& room, std::unique_ptr<media::PlaybackPlan>& plan,
                            room::Queueing queueing) noexcept;
  void CloseRoom(WorkerRoom& room) noexcept;
  void StartRemoval(RemoveLegCommand& command) noexcept;
  void StartMove(MoveLegCommand& command) noexcept { movers_.PushBack(command); }
  // Of every leg whose place is `slice` modulo `slices`; returns how many. `samples` has room for
  // all.
  size_t SampleLegs(uint32_t slice, uint32_t slices, std::span<LegSample> samples) const noexcept;
  MediaTime now() const noexcept { return now_; }

 private:
  // One step, in this order.
  void ApplyCommands() noexcept;
  void ReceivePackets() noexcept;
  void TickRooms() noexcept;
  void CheckpointSome() noexcept;
  void PartFromMovers() noexcept;
  void PublishEvents() noexcept;

  // room::OutboxCarrier
  void Carry(std::span<const room::OutgoingDatagram> datagrams) noexcept override;

  // net::ReceiveHandler
  void OnDatagram(net::SocketTag tag, std::span<const uint8_t> bytes, const SocketAddress& source,
                  MediaTime arrival) noexcept override;
  void OnDatagramAhead(const net::DatagramAhead& datagram) noexcept override;
  void OnReceiveStopped(net::SocketTag tag) noexcept override;

  void OpenSharedSockets() noexcept;
  // Whose datagram is ahead, for hints. Null: nobody's, or not known.
  const WorkerLeg* FindLegAhead(const net::DatagramAhead& datagram) noexcept;
  // Of the leg's own sockets: not behind these.
  net::SocketTag shared_tags_begin() const noexcept { return 2 * options_.legs_max; }
  void WelcomeArrivals() noexcept;
  void FinishRemovals() noexcept;
  void JoinMovers(WorkerRoom& room) noexcept;
  void HandOverParted() noexcept;
  void StartReceiving(WorkerLeg& leg) noexcept;
  void StopReceiving(WorkerLeg& leg) noexcept;
  void FreeSlot(WorkerLeg& leg) noexcept;
  void Enter(WorkerLeg& leg, WorkerRoom& room) noexcept;
  void Leave(WorkerLeg& leg) noexcept;
  void MakeDue(WorkerRoom& room) noexcept;
  void RestIfIdle(WorkerRoom& room) noexcept;
  bool Tell(WorkerMessage&& message) noexcept;
  void TellFinished(CommandList<Command>& commands) noexcept;
  void LoseEvents(uint64_t count) noexcept;

  // Set at construction.
  const WorkerOptions options_;
  net::Network& network_;

  // One other thread at the other end.
  SpscRing<Command*> commands_;
  SpscRing<WorkerMessage> messages_;
  std::vector<std::unique_ptr<SpscRing<MoveLegCommand*>>> arrivals_;  // By peer that sends.
  WorkerStatus status_;

  // Worker thread.
  ThreadChecker thread_;
  std::vector<Worker*> peers_;
  bool has_opened_shared_sockets_ = false;
  // The last datagrams on shared sockets whose leg was found when they were first ahead.
  struct FoundAhead {
    const sockaddr* name = nullptr;
    const WorkerLeg* leg = nullptr;
  };
  std::array<FoundAhead, 4> found_ahead_ = {};
  size_t next_found_ahead_ = 0;
  SourceTable source_table_;          // Of the legs on shared sockets.
  std::vector<WorkerLeg*> legs_;      // By slot; null: free.
  std::vector<uint32_t> free_slots_;  // Reserved for all.
  DueRooms due_;
  room::Outbox outbox_;
  room::EventSink events_;
  room::RoomScratch scratch_;
  CommandList<RemoveLegCommand> removals_;  // Waiting for their receives to end.
  CommandList<MoveLegCommand> movers_;      // Waiting for a tick of the room they leave.
  CommandList<MoveLegCommand> parting_;     // Off to a peer: receives end, then handed over.
  CommandList<MoveLegCommand> joining_;     // In no room; waiting for a tick of theirs.
  CommandList<Command> finished_before_events_;
  CommandList<Command> finished_after_events_;
  MediaTime now_;
  int phase_ = 0;
  size_t checkpointed_ = 0;   // The slot of the leg that CheckpointSome() came to last.
  uint64_t untold_lost_ = 0;  // Events lost since the last kEventsLost message.
  uint64_t sink_dropped_seen_ = 0;
  bool has_told_ = false;  // In this step.
  uint64_t told_ = 0;      // Messages since the start.
  WorkerFigures figures_;
  MediaTime window_start_;  // Of the present load measurement.
  uint64_t window_busy_ns_ = 0;
  uint64_t window_lateness_max_ns_ = 0;
};

template <typename F>
void CallCommand<F>::Apply(Worker& worker) noexcept {
  outcome = function_(worker);
  worker.Complete(*this);
}

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_WORKER_H_
