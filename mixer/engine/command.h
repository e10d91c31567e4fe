// What other threads ask of a worker. A command brings the memory that it needs, is applied at the
// start of a step, and comes back when it is done, to be freed where it was made.
//   CallCommand mute([&](Worker&) noexcept { leg.SetMuted(true); return CommandOutcome::kDone; });
//   worker.Post(&mute);   ...   // later, on the engine's thread: mute.Finish() wakes the waiter
//   mute.Wait();
#ifndef NARADA_MIXER_ENGINE_COMMAND_H_
#define NARADA_MIXER_ENGINE_COMMAND_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

#include "mixer/engine/worker_leg.h"
#include "mixer/room/leg_statistics.h"
#include "mixer/units/media_time.h"

namespace narada::mixer::engine {

class Worker;

// How a command ended; the engine turns it into an absl::Status.
enum class CommandOutcome : uint8_t {
  kDone,
  kWorkerFull,        // No place for another leg.
  kPlaybacksPending,  // The target has as many playbacks as it can hold.
  kNoTelephoneEvent,
  kDigitsPending,
};

class Command {
 public:
  virtual ~Command() = default;

  // Worker thread. Ends with worker.Complete(*this), at once or in a later step.
  virtual void Apply(Worker& worker) noexcept = 0;

  // The thread that reads the worker's messages. Afterwards the command belongs to its maker.
  void Finish() {
    if (on_finish) on_finish(*this);
    // Told under the lock: the waiter, who may free the command, cannot go on before it is left.
    std::lock_guard lock(mutex_);
    is_finished_ = true;
    finished_.notify_all();
  }
  // The maker's thread.
  void Wait() {
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [this] { return is_finished_; });
  }

  // Valid after the worker is done with it.
  CommandOutcome outcome = CommandOutcome::kDone;
  // This command's end comes after the first `after_position` messages of worker `after_worker`: the
  // one that a leg has left. None: -1.
  int after_worker = -1;
  uint64_t after_position = 0;
  // Called before the waiter wakes, in the order of the worker's events. Set by the maker.
  std::function<void(Command&)> on_finish;

  // The list that holds it. Worker thread.
  Command* next = nullptr;

 private:
  // Never seen by the worker.
  std::mutex mutex_;
  std::condition_variable finished_;
  bool is_finished_ = false;  // Guarded by mutex_.
};

// Calls a function on the worker. `F` is noexcept and returns a CommandOutcome.
template <typename F>
class CallCommand final : public Command {
 public:
  explicit CallCommand(F function) : function_(std::move(function)) {}
  void Apply(Worker& worker) noexcept override;

 private:
  static_assert(noexcept(std::declval<F&>()(std::declval<Worker&>())));
  F function_;
};

// Ends a leg: RTCP BYE, no more receiving, out of its room.
class RemoveLegCommand final : public Command {
 public:
  explicit RemoveLegCommand(WorkerLeg& leg) : leg(leg) {}
  void Apply(Worker& worker) noexcept override;

  WorkerLeg& leg;
  room::LegStatistics statistics;  // The last ones.
};

// Takes a leg to a room of this worker or of another. The leg goes right after a tick of its room,
// and joins at a tick of the other that comes 10 to 30 ms later, so its packets stay about 20 ms
// apart. Its datagrams wait in its socket while no worker receives them.
class MoveLegCommand final : public Command {
 public:
  MoveLegCommand(WorkerLeg& leg, WorkerRoom& to, int to_worker)
      : leg(leg), to(to), to_worker(to_worker) {}
  void Apply(Worker& worker) noexcept override;

  WorkerLeg& leg;
  WorkerRoom& to;
  const int to_worker;
  bool stop_playback = false;

  // Worker thread.
  MediaTime join_not_before;
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_COMMAND_H_
