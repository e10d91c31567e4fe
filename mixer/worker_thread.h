// Makes the calling thread fit to be a worker: name, core, priority, exact timers.
//   RETURN_IF_ERROR(PrepareWorkerThread(0, -1));      // on the thread, before its first step
#ifndef NARADA_MIXER_WORKER_THREAD_H_
#define NARADA_MIXER_WORKER_THREAD_H_

#include "absl/status/status.h"

namespace narada::mixer {

// Pins to core `cpu`, or not where it is -1. Before everything else that runs: real-time priority
// where that is allowed (CAP_SYS_NICE, RLIMIT_RTPRIO), else a high one, else as it is; the log says
// which for worker 0. Errors: INVALID_ARGUMENT / CPU_UNKNOWN.
absl::Status PrepareWorkerThread(int index, int cpu);

}  // namespace narada::mixer

#endif  // NARADA_MIXER_WORKER_THREAD_H_
