// Why io_uring does not work here, in words an operator can act on.
#ifndef NARADA_MIXER_NET_RING_FAILURE_H_
#define NARADA_MIXER_NET_RING_FAILURE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace narada::mixer::net {

// What of the host a failure is judged by.
struct HostFacts {
  std::string kernel_release;        // As `uname -r` prints it.
  uint64_t memlock_bytes = 0;        // Soft limit RLIMIT_MEMLOCK.
  int io_uring_disabled = 0;         // /proc/sys/kernel/io_uring_disabled; 0 where absent.
  bool is_seccomp_filtered = false;  // "Seccomp: 2" in /proc/self/status.
};

HostFacts ReadHostFacts();

// `operation` is what was tried ("io_uring_setup"), `error` its positive errno. FAILED_PRECONDITION
// with reason IO_URING_FORBIDDEN, IO_URING_MEMLOCK, KERNEL_TOO_OLD or FILES_EXHAUSTED; INTERNAL /
// IO_URING_FAILED for what has no likely cause.
absl::Status ExplainRingFailure(absl::string_view operation, int error, const HostFacts& host);

}  // namespace narada::mixer::net

#endif  // NARADA_MIXER_NET_RING_FAILURE_H_
