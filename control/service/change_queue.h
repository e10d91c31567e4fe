// Between a conference's strand, which adds changes, and a stream's thread, which writes them.

#ifndef NARADA_CONTROL_SERVICE_CHANGE_QUEUE_H_
#define NARADA_CONTROL_SERVICE_CHANGE_QUEUE_H_

#include <deque>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "narada/control/v1/conference.pb.h"

namespace narada::control::service {

// A watcher that does not read for this many changes is told that it missed some.
inline constexpr size_t kChangesMax = 4000;

// Any thread.
class ChangeQueue {
 public:
  // False ends the watch: the reader is gone or too slow.
  bool Push(v1::WatchConferenceResponse change) {
    absl::MutexLock lock(&mutex_);
    if (is_closed_) return false;
    if (changes_.size() >= kChangesMax) {
      has_overflowed_ = true;
      return false;
    }
    changes_.push_back(std::move(change));
    return true;
  }
  // Nothing if none came within `wait`.
  std::optional<v1::WatchConferenceResponse> Pop(absl::Duration wait) {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(this, &ChangeQueue::HasNews), wait);
    if (changes_.empty()) return std::nullopt;
    v1::WatchConferenceResponse change = std::move(changes_.front());
    changes_.pop_front();
    return change;
  }
  bool HasOverflowed() {
    absl::MutexLock lock(&mutex_);
    return has_overflowed_ && changes_.empty();
  }
  void Close() {
    absl::MutexLock lock(&mutex_);
    is_closed_ = true;
  }

 private:
  bool HasNews() const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return !changes_.empty() || has_overflowed_;
  }

  absl::Mutex mutex_;
  std::deque<v1::WatchConferenceResponse> changes_ ABSL_GUARDED_BY(mutex_);
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_overflowed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_CHANGE_QUEUE_H_
