#include "mixer/engine/worker_loop.h"

#include "base/media_path_scope.h"

namespace narada::mixer::engine {
namespace {

// Missed steps up to this long ago are made up for.
constexpr MediaDuration kCatchUpMax = Milliseconds(100);

}  // namespace

void WorkerLoop::Run(const std::atomic<bool>& stop) noexcept {
  MediaPathScope scope;
  due_ = network_.Now();
  while (!stop.load(std::memory_order_acquire)) RunOnce();
}

bool WorkerLoop::RunOnce() noexcept {
  if (!network_.SleepUntil(due_)) {
    worker_.ReceiveEarly(network_.Now());
    return false;
  }
  const MediaTime start = network_.Now();
  const MediaDuration lateness = start - due_;
  const int64_t ticks_skipped =
      lateness > kCatchUpMax ? lateness / room::Room::kTickLength : int64_t{0};
  due_ += ticks_skipped * room::Room::kTickLength;
  worker_.Step(due_);
  worker_.RecordStep(lateness, network_.Now() - start, ticks_skipped);
  due_ += worker_.step_length();
  return true;
}

}  // namespace narada::mixer::engine
