#include "control/calls/executor.h"

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace narada::control::calls {

ThreadExecutor::ThreadExecutor(int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { ThreadMain(); });
}

ThreadExecutor::~ThreadExecutor() { Stop(); }

void ThreadExecutor::Post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    ready_.push_back(std::move(task));
  }
  news_.notify_one();
}

void ThreadExecutor::PostAfter(absl::Duration delay, Task task) {
  // A year is as good as never, and does not overflow.
  const absl::Duration bounded = std::clamp(delay, absl::ZeroDuration(), absl::Hours(24 * 365));
  const int64_t due = MonotonicNanoseconds() + absl::ToInt64Nanoseconds(bounded);
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    timers_.emplace(due, std::move(task));
  }
  news_.notify_one();  // It may be the earliest.
}

void ThreadExecutor::Stop() {
  std::deque<Task> dropped;
  std::multimap<int64_t, Task> dropped_timers;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    dropped.swap(ready_);
    dropped_timers.swap(timers_);
  }
  news_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void ThreadExecutor::ThreadMain() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    const int64_t now = MonotonicNanoseconds();
    while (!timers_.empty() && timers_.begin()->first <= now) {
      ready_.push_back(std::move(timers_.begin()->second));
      timers_.erase(timers_.begin());
    }
    if (!ready_.empty()) {
      Task task = std::move(ready_.front());
      ready_.pop_front();
      // Timers may have become ready together: the others are for the other threads.
      if (!ready_.empty()) news_.notify_one();
      lock.unlock();
      task();
      task = nullptr;  // What it held is let go outside the lock.
      lock.lock();
    } else if (timers_.empty()) {
      news_.wait(lock);
    } else {
      news_.wait_for(lock, std::chrono::nanoseconds(timers_.begin()->first - now));
    }
  }
}

void Strand::Post(Task task) const {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->waiting.push_back(std::move(task));
    if (shared_->is_running) return;
    shared_->is_running = true;
  }
  shared_->executor.Post([shared = shared_] { RunOne(shared); });
}

void Strand::RunOne(const std::shared_ptr<Shared>& shared) {
  Task task;
  {
    const std::lock_guard lock(shared->mutex);
    task = std::move(shared->waiting.front());
    shared->waiting.pop_front();
  }
  task();
  {
    const std::lock_guard lock(shared->mutex);
    if (shared->waiting.empty()) {
      shared->is_running = false;
      return;
    }
  }
  // One at a time, so that a busy actor does not keep a thread from the others.
  shared->executor.Post([shared] { RunOne(shared); });
}

}  // namespace narada::control::calls
