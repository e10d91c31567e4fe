#include "mixer/engine/due_rooms.h"

#include "base/check.h"

namespace narada::mixer::engine {

void DueRooms::Insert(WorkerRoom& room) noexcept {
  CHECK(room.phase_ == WorkerRoom::kNotDue) << "a room ticks once in 20 ms";
  size_t lightest = 0;
  for (size_t i = 1; i < phases_.size(); ++i) {
    if (phases_[i].weight < phases_[lightest].weight) lightest = i;
  }
  Phase& phase = phases_[lightest];
  room.phase_ = static_cast<int>(lightest);
  room.previous_due_ = nullptr;
  room.next_due_ = phase.first;
  if (phase.first != nullptr) phase.first->previous_due_ = &room;
  phase.first = &room;
  ++phase.rooms;
  phase.weight += 1 + static_cast<int64_t>(room.leg_count());
  ++count_;
}

void DueRooms::Remove(WorkerRoom& room) noexcept {
  CHECK(room.phase_ != WorkerRoom::kNotDue) << "the room does not tick";
  Phase& phase = phases_[static_cast<size_t>(room.phase_)];
  (room.previous_due_ == nullptr ? phase.first : room.previous_due_->next_due_) = room.next_due_;
  if (room.next_due_ != nullptr) room.next_due_->previous_due_ = room.previous_due_;
  --phase.rooms;
  phase.weight -= 1 + static_cast<int64_t>(room.leg_count());
  --count_;
  room.phase_ = WorkerRoom::kNotDue;
  room.next_due_ = room.previous_due_ = nullptr;
}

void DueRooms::Weigh(const WorkerRoom& room, int change) noexcept {
  if (room.phase_ != WorkerRoom::kNotDue)
    phases_[static_cast<size_t>(room.phase_)].weight += change;
}

}  // namespace narada::mixer::engine
