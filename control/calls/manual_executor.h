// An executor for tests: one thread, and a clock that moves only when the test says so.
//   ManualExecutor executor(clock);
//   executor.RunUntilIdle();                    // everything that can happen now
//   executor.Advance(absl::Seconds(6));         // and what time brings, each timer at its own time

#ifndef NARADA_CONTROL_CALLS_MANUAL_EXECUTOR_H_
#define NARADA_CONTROL_CALLS_MANUAL_EXECUTOR_H_

#include <deque>
#include <map>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "control/calls/executor.h"

namespace narada::control::calls {

class ManualExecutor final : public Executor {
 public:
  explicit ManualExecutor(ManualClock& clock) : clock_(clock) {}

  void Post(Task task) override {
    absl::MutexLock lock(&mutex_);
    ready_.push_back(std::move(task));
  }
  void PostAfter(absl::Duration delay, Task task) override {
    absl::MutexLock lock(&mutex_);
    timers_.emplace(clock_.Now() + delay, std::move(task));
  }

  // Returns how many closures ran.
  int RunUntilIdle() {
    int count = 0;
    while (Task task = Next()) {
      task();
      ++count;
    }
    return count;
  }

  // Runs at most so many closures.
  void RunSome(int count) {
    while (count-- > 0) {
      Task task = Next();
      if (!task) return;
      task();
    }
  }

  // Forgets everything that waits, as a process that dies.
  void Drop() {
    absl::MutexLock lock(&mutex_);
    ready_.clear();
    timers_.clear();
  }

  void Advance(absl::Duration duration) {
    RunUntilIdle();
    const absl::Time end = clock_.Now() + duration;
    while (true) {
      absl::Time next;
      {
        absl::MutexLock lock(&mutex_);
        if (timers_.empty() || timers_.begin()->first > end) break;
        next = timers_.begin()->first;
      }
      if (next > clock_.Now()) clock_.Set(next);
      RunUntilIdle();
    }
    clock_.Set(end);
    RunUntilIdle();
  }

 private:
  Task Next() {
    absl::MutexLock lock(&mutex_);
    while (!timers_.empty() && timers_.begin()->first <= clock_.Now()) {
      ready_.push_back(std::move(timers_.begin()->second));
      timers_.erase(timers_.begin());
    }
    if (ready_.empty()) return nullptr;
    Task task = std::move(ready_.front());
    ready_.pop_front();
    return task;
  }

  ManualClock& clock_;
  absl::Mutex mutex_;
  std::deque<Task> ready_;
  std::multimap<absl::Time, Task> timers_;
};

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_MANUAL_EXECUTOR_H_
