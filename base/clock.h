// The wall clock, passed to whoever decides by time; below `main` nobody else reads one.
//   SystemClock clock;               // in main
//   ManualClock clock(start);        // in a test: clock.Advance(absl::Hours(7 * 24));
// Thread-safe. UTC instants; media runs on the monotonic clock instead (mixer/units/media_time.h).
#ifndef NARADA_BASE_CLOCK_H_
#define NARADA_BASE_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace narada {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

// Stands still until told otherwise. Keeps nanoseconds.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(absl::Time now) { Set(now); }
  absl::Time Now() const override { return absl::FromUnixNanos(nanoseconds_.load()); }
  void Set(absl::Time now) { nanoseconds_.store(absl::ToUnixNanos(now)); }
  void Advance(absl::Duration step) { nanoseconds_.fetch_add(absl::ToInt64Nanoseconds(step)); }

 private:
  std::atomic<int64_t> nanoseconds_{0};
};

// CLOCK_MONOTONIC, for `main` and the engine's loop alone. By the vDSO: no system call.
int64_t MonotonicNanoseconds() noexcept;
// CLOCK_REALTIME since 1970, which may jump, for what the kernel stamps with it. By the vDSO, too.
int64_t RealtimeNanoseconds() noexcept;

}  // namespace narada

#endif  // NARADA_BASE_CLOCK_H_
