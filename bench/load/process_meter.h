// What a process has used, as the operating system counts it.
//   const ProcessUse before = ReadProcessUse(pid, "worker-");
//   ...
//   const ProcessUse used = ReadProcessUse(pid, "worker-") - before;
#ifndef NARADA_BENCH_LOAD_PROCESS_METER_H_
#define NARADA_BENCH_LOAD_PROCESS_METER_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace narada::bench {

struct ProcessUse {
  double cpu_s = 0;         // Of all threads that live.
  double thread_cpu_s = 0;  // Of those named as asked for; softirqs that they cause included.
  double thread_user_s =
      0;  // The same apart. The kernel splits by samples at its clock's ticks, so it
  double thread_system_s = 0;  // takes seconds until this means something.
  int64_t resident_bytes = 0;  // Now; a difference is what was added.

  friend ProcessUse operator-(const ProcessUse& a, const ProcessUse& b);
};

// Zeroes where there is no such process. `thread_prefix` is of threads' names; empty: all.
ProcessUse ReadProcessUse(int pid, absl::string_view thread_prefix);

}  // namespace narada::bench

#endif  // NARADA_BENCH_LOAD_PROCESS_METER_H_
