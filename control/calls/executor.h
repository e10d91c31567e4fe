// Where actors run: a few threads that take closures, now or later, and strands that keep an actor's own
// closures one after another.
//
//   ThreadExecutor executor(4);
//   Strand strand(executor);
//   strand.Post([this] { ... });                        // never beside another closure of this strand
//   executor.PostAfter(absl::Seconds(6), [weak = weak_from_this()] { ... });
//
// Closures must not block: an actor asks, returns, and is called back. PostAfter counts elapsed time
// (the monotonic clock); there is no cancelling: a timer that has become pointless finds that out itself.
// A test uses ManualExecutor (manual_executor.h), which runs on one thread and a clock moved by hand.

#ifndef NARADA_CONTROL_CALLS_EXECUTOR_H_
#define NARADA_CONTROL_CALLS_EXECUTOR_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace narada::control::calls {

using Task = absl::AnyInvocable<void()>;

class Executor {
 public:
  virtual ~Executor() = default;
  // Any thread.
  virtual void Post(Task task) = 0;
  virtual void PostAfter(absl::Duration delay, Task task) = 0;
};

class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(int threads);
  // As Stop.
  ~ThreadExecutor() override;

  void Post(Task task) override;
  void PostAfter(absl::Duration delay, Task task) override;

  // Waits for the running closures; those that wait are dropped, and so is whatever is posted later.
  void Stop();

 private:
  void ThreadMain();

  // std::mutex here and in Strand, because ThreadSanitizer sees through it: Debian's Abseil is not built
  // for that.
  std::mutex mutex_;
  std::condition_variable news_;
  bool is_stopping_ = false;  // Under mutex_, as the following.
  std::deque<Task> ready_;
  std::multimap<int64_t, Task> timers_;  // By monotonic nanoseconds.
  std::vector<std::thread> threads_;
};

// Runs what is posted to it in order and never two at once. May be destroyed while closures wait: they
// still run, so they hold on to what they touch.
class Strand {
 public:
  explicit Strand(Executor& executor) : shared_(std::make_shared<Shared>(executor)) {}
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  // Any thread.
  void Post(Task task) const;

 private:
  struct Shared {
    explicit Shared(Executor& executor) : executor(executor) {}
    Executor& executor;
    std::mutex mutex;
    std::deque<Task> waiting;  // Under the mutex, as the following.
    bool is_running = false;
  };
  static void RunOne(const std::shared_ptr<Shared>& shared);

  const std::shared_ptr<Shared> shared_;
};

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_EXECUTOR_H_
