#include "mixer/room/event_sink.h"

#include <utility>

namespace narada::mixer::room {

EventSink::~EventSink() {
  for (media::PlaybackPlan* plan = TakeRetired(); plan != nullptr;) {
    std::unique_ptr<media::PlaybackPlan> owned(plan);
    plan = plan->next;
  }
}

void EventSink::Retire(std::unique_ptr<media::PlaybackPlan> plan) noexcept {
  plan->next = retired_;
  retired_ = plan.release();
}

media::PlaybackPlan* EventSink::TakeRetired() noexcept { return std::exchange(retired_, nullptr); }

}  // namespace narada::mixer::room
