#include "control/calls/executor.h"

#include <algorithm>

#include "base/clock.h"

namespace narada::control::calls {

ThreadExecutor::ThreadExecutor(int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { ThreadMain(); });
}

ThreadExecutor::~ThreadExecutor() { Stop(); }

void ThreadExecutor::Post(Task task) {
  absl::MutexLock lock(&mutex_);
  if (!is_stopping_) ready_.push_back(std::move(task));
}

void ThreadExecutor::PostAfter(absl::Duration delay, Task task) {
  // A year is as good as never, and does not overflow.
  const absl::Duration bounded = std::clamp(delay, absl::ZeroDuration(), absl::Hours(24 * 365));
  const int64_t due = MonotonicNanoseconds() + absl::ToInt64Nanoseconds(bounded);
  absl::MutexLock lock(&mutex_);
  if (!is_stopping_) timers_.emplace(due, std::move(task));
}

void ThreadExecutor::Stop() {
  std::deque<Task> dropped;
  std::multimap<int64_t, Task> dropped_timers;
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
    dropped.swap(ready_);
    dropped_timers.swap(timers_);
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void ThreadExecutor::ThreadMain() {
  mutex_.Lock();
  while (true) {
    const int64_t now = MonotonicNanoseconds();
    while (!timers_.empty() && timers_.begin()->first <= now) {
      ready_.push_back(std::move(timers_.begin()->second));
      timers_.erase(timers_.begin());
    }
    if (is_stopping_) break;
    if (!ready_.empty()) {
      Task task = std::move(ready_.front());
      ready_.pop_front();
      mutex_.Unlock();
      task();
      task = nullptr;  // What it held is let go outside the lock.
      mutex_.Lock();
      continue;
    }
    // A timer that is set meanwhile may be earlier: then the waiting thread looks again.
    const int64_t next =
        timers_.empty() ? now + absl::ToInt64Nanoseconds(absl::Hours(1)) : timers_.begin()->first;
    struct Wait {
      ThreadExecutor* self;
      int64_t next;
      bool IsOver() const ABSL_NO_THREAD_SAFETY_ANALYSIS {
        return self->HasWork() || (!self->timers_.empty() && self->timers_.begin()->first < next);
      }
    } wait{this, next};
    mutex_.AwaitWithTimeout(absl::Condition(&wait, &Wait::IsOver), absl::Nanoseconds(next - now));
  }
  mutex_.Unlock();
}

void Strand::Post(Task task) const {
  {
    absl::MutexLock lock(&shared_->mutex);
    shared_->waiting.push_back(std::move(task));
    if (shared_->is_running) return;
    shared_->is_running = true;
  }
  shared_->executor.Post([shared = shared_] { RunOne(shared); });
}

void Strand::RunOne(const std::shared_ptr<Shared>& shared) {
  Task task;
  {
    absl::MutexLock lock(&shared->mutex);
    task = std::move(shared->waiting.front());
    shared->waiting.pop_front();
  }
  task();
  {
    absl::MutexLock lock(&shared->mutex);
    if (shared->waiting.empty()) {
      shared->is_running = false;
      return;
    }
  }
  // One at a time, so that a busy actor does not keep a thread from the others.
  shared->executor.Post([shared] { RunOne(shared); });
}

}  // namespace narada::control::calls
