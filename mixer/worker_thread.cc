#include "mixer/worker_thread.h"

#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"

namespace narada::mixer {
namespace {

// What the timers of a worker's sleep may be late by on purpose; the kernel's default is 50 us.
constexpr unsigned long kTimerSlackNs = 1000;

// The lowest of the real-time priorities is above all others. Admission keeps a worker from being
// busy for long, and the kernel keeps 5% of a core for the rest.
constexpr int kRealTimePriority = 1;
constexpr int kNice = -15;

const char* RaisePriority() {
  const sched_param parameters = {.sched_priority = kRealTimePriority};
  if (pthread_setschedparam(pthread_self(), SCHED_RR, &parameters) == 0) return "real time";
  if (setpriority(PRIO_PROCESS, 0, kNice) == 0) return "high";
  return "ordinary (neither CAP_SYS_NICE nor RLIMIT_RTPRIO allow more; ticks may be late on a busy "
         "machine)";
}

}  // namespace

absl::Status PrepareWorkerThread(int index, int cpu) {
  pthread_setname_np(pthread_self(), absl::StrCat("worker-", index).c_str());
  prctl(PR_SET_TIMERSLACK, kTimerSlackNs);
  if (cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<size_t>(cpu), &set);
    if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set) != 0) {
      return ErrorWithReason(absl::StatusCode::kInvalidArgument, "CPU_UNKNOWN",
                             absl::StrCat("worker ", index, " cannot be pinned to core ", cpu));
    }
  }
  const char* const priority = RaisePriority();
  if (index == 0) LOG_INFO("priority of the workers: {}", priority);
  return absl::OkStatus();
}

}  // namespace narada::mixer
