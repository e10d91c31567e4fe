#ifndef NARADA_TESTS_PHONE_PHONE_LOOP_H_
#define NARADA_TESTS_PHONE_PHONE_LOOP_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace narada::phone {

// Drives any number of phones on one thread of its own: sockets by epoll, timers by a timerfd.
//   PhoneLoop loop;
//   auto phone = Phone::Create(loop, {.number = "+48601000001"});
// Make one per process or test, and let it outlive its phones. One mutex, held while a callback
// runs, guards all phones of the loop; their public functions take it, so they may be called from
// any thread but a callback's. It is a test tool: simple before fast, good for hundreds of phones.
class PhoneLoop {
 public:
  using TimerId = uint64_t;

  PhoneLoop();
  ~PhoneLoop();  // Stops and joins the thread.
  PhoneLoop(const PhoneLoop&) = delete;
  PhoneLoop& operator=(const PhoneLoop&) = delete;

  absl::Mutex& mutex() ABSL_LOCK_RETURNED(mutex_) { return mutex_; }

  // CLOCK_MONOTONIC as a duration since an arbitrary zero; all media and timers use it.
  static absl::Duration Now();

  // Calls `readable` whenever `fd` can be read (or, if `or_writable`, also once it can be written).
  // The caller keeps the descriptor open until Unwatch.
  void Watch(int fd, std::function<void()> readable, bool or_writable = false)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Unwatch(int fd) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Calls `fire` once when Now() reaches `due`. Cancel of a timer that has fired does nothing.
  TimerId At(absl::Duration due, std::function<void()> fire) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Cancel(TimerId id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

 private:
  void Run();
  void FireDueTimers() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ArmTimer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  int epoll_fd_;
  int timer_fd_;
  int wake_fd_;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::unordered_map<int, std::shared_ptr<std::function<void()>>> watched_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<absl::Duration, TimerId>, std::function<void()>> timers_
      ABSL_GUARDED_BY(mutex_);
  std::unordered_map<TimerId, absl::Duration> timer_due_ ABSL_GUARDED_BY(mutex_);
  TimerId next_timer_ ABSL_GUARDED_BY(mutex_) = 1;
  std::thread thread_;  // Started last, in the constructor.
};

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_PHONE_LOOP_H_
