// Holds a worker's thread to its promise: after Install() it may make no system call but
// io_uring_enter. Anything else ends the process, naming the call.
//   RETURN_IF_ERROR(SystemCallFilter::PrepareProcess());    // once, in main
//   RETURN_IF_ERROR(SystemCallFilter::Install());           // on the thread, for good
// A seccomp filter: a proof in tests, hardening in production. The thread ends by ExitThread(), for
// what glibc does at a thread's end is forbidden, too. So that a violation can be told, exit_group
// and the write to one file that only the reporter has are allowed. A failed CHECK ends as such a
// violation, for its words would be written to stderr.
#ifndef NARADA_MIXER_ENGINE_SYSTEM_CALL_FILTER_H_
#define NARADA_MIXER_ENGINE_SYSTEM_CALL_FILTER_H_

#include "absl/status/status.h"

namespace narada::mixer::engine {

class SystemCallFilter {
 public:
  // What the process exits with after a violation.
  static constexpr int kViolationExitCode = 86;

  // Installs the reporter ("media path: a worker made system call N") and tries the filter on a
  // thread of its own. FAILED_PRECONDITION / SECCOMP_UNAVAILABLE.
  static absl::Status PrepareProcess();

  // The calling thread's filter; it cannot be taken off.
  static absl::Status Install();

  // Ends the calling thread without cleaning up after it; it can be joined.
  [[noreturn]] static void ExitThread();
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_SYSTEM_CALL_FILTER_H_
