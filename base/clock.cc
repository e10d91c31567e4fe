#include "base/clock.h"

#include <time.h>

namespace narada {

namespace {

int64_t Nanoseconds(clockid_t clock) noexcept {
  timespec now;
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

int64_t MonotonicNanoseconds() noexcept { return Nanoseconds(CLOCK_MONOTONIC); }

int64_t RealtimeNanoseconds() noexcept { return Nanoseconds(CLOCK_REALTIME); }

}  // namespace narada
