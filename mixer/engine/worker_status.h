// What a worker tells about itself all the time: written by its thread, read by any. Each figure is
// an atomic of its own; together they may be a step apart.
#ifndef NARADA_MIXER_ENGINE_WORKER_STATUS_H_
#define NARADA_MIXER_ENGINE_WORKER_STATUS_H_

#include <atomic>
#include <cstdint>

#include "mixer/net/network.h"

namespace narada::mixer::engine {

// A copy of all figures.
struct WorkerFigures {
  double load = 0;            // Busy share of the last second, 0 to 1 (more: it cannot keep up).
  uint32_t legs_at_load = 0;  // Legs when `load` was measured.
  uint32_t legs = 0;
  uint32_t rooms_due = 0;  // Rooms that tick.
  uint32_t legs_on_shared_sockets = 0;
  uint64_t steps = 0;
  uint64_t ticks = 0;            // Of all rooms.
  uint64_t ticks_late = 0;       // Rooms' ticks that began later than one step.
  uint64_t ticks_missed = 0;     // Rooms' ticks that were skipped.
  uint64_t lateness_max_ns = 0;  // Of a step, in the last second.
  uint64_t busy_ns = 0;
  uint64_t encodes = 0;
  uint64_t events_lost = 0;  // The message queue was full; watchers are told.
  // Datagrams on shared sockets, from where no leg's far end says that it sends.
  uint64_t dropped_source_unknown = 0;
  net::NetworkCounters network;
};

class WorkerStatus {
 public:
  // Worker thread.
  void Publish(const WorkerFigures& figures) noexcept;
  // Any thread.
  WorkerFigures Read() const noexcept;

 private:
  // A sequence lock: odd while being written. The writer never waits; a reader reads again.
  std::atomic<uint64_t> sequence_{0};
  static constexpr int kWords = sizeof(WorkerFigures) / sizeof(uint64_t);
  static_assert(sizeof(WorkerFigures) % sizeof(uint64_t) == 0);
  std::atomic<uint64_t> words_[kWords] = {};
  static_assert(std::atomic<uint64_t>::is_always_lock_free);
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_WORKER_STATUS_H_
