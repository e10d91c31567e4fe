// Which rooms tick in which step: each room that has something to do is in one of the phases of the
// 20 ms, so that neither CPU nor packets burst.
//   due.Insert(room);                                   // into the phase with the least to do
//   for (WorkerRoom* room = due.First(phase); ...)
// Worker thread; linked through the rooms, allocates in the constructor only.
#ifndef NARADA_MIXER_ENGINE_DUE_ROOMS_H_
#define NARADA_MIXER_ENGINE_DUE_ROOMS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mixer/engine/worker_leg.h"

namespace narada::mixer::engine {

class DueRooms {
 public:
  explicit DueRooms(int phases) : phases_(static_cast<size_t>(phases)) {}

  int phases() const noexcept { return static_cast<int>(phases_.size()); }
  uint32_t count() const noexcept { return count_; }
  uint32_t CountAt(int phase) const noexcept { return phases_[static_cast<size_t>(phase)].rooms; }

  // The room is in no phase.
  void Insert(WorkerRoom& room) noexcept;
  // The room is in one.
  void Remove(WorkerRoom& room) noexcept;
  // Tells that the room's legs became `change` more.
  void Weigh(const WorkerRoom& room, int change) noexcept;

  // Calls `f(WorkerRoom&)` for each room of the phase; `f` may remove that room.
  template <typename F>
  void ForEachAt(int phase, F&& f) noexcept {
    WorkerRoom* room = phases_[static_cast<size_t>(phase)].first;
    while (room != nullptr) {
      WorkerRoom* const next = room->next_due_;
      f(*room);
      room = next;
    }
  }

 private:
  struct Phase {
    WorkerRoom* first = nullptr;
    uint32_t rooms = 0;
    int64_t weight = 0;  // A room counts as one leg.
  };

  std::vector<Phase> phases_;
  uint32_t count_ = 0;
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_DUE_ROOMS_H_
