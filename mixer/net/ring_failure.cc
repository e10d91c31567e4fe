#include "mixer/net/ring_failure.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <cstdio>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada::mixer::net {
namespace {

constexpr int kMajorMin = 6;  // Linux 6.0: single issuer and multishot recvmsg.

int KernelMajor(const std::string& release) {
  int major = 0;
  return std::sscanf(release.c_str(), "%d", &major) == 1 ? major : 0;
}

absl::Status Forbidden(absl::string_view what, absl::string_view likely) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "IO_URING_FORBIDDEN",
                         absl::StrCat(what, " is forbidden here: ", likely));
}

}  // namespace

HostFacts ReadHostFacts() {
  HostFacts host;
  utsname name{};
  if (uname(&name) == 0) host.kernel_release = name.release;
  rlimit memlock{};
  if (getrlimit(RLIMIT_MEMLOCK, &memlock) == 0) host.memlock_bytes = memlock.rlim_cur;
  std::ifstream("/proc/sys/kernel/io_uring_disabled") >> host.io_uring_disabled;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (absl::StartsWith(line, "Seccomp:")) host.is_seccomp_filtered = absl::StrContains(line, "2");
  }
  return host;
}

absl::Status ExplainRingFailure(absl::string_view operation, int error, const HostFacts& host) {
  const std::string what = absl::StrCat(operation, " failed (", strerror(error), ", kernel ",
                                        host.kernel_release, "): ", "io_uring");
  const bool is_old = KernelMajor(host.kernel_release) < kMajorMin;
  const char* const seccomp =
      "a seccomp profile drops it (the default of containerd, Docker and podman does); run with "
      "the "
      "profile k8s/base/seccomp.json";
  if (error == EPERM || error == EACCES) {
    if (host.io_uring_disabled != 0) {
      return Forbidden(what, absl::StrCat("sysctl kernel.io_uring_disabled is ",
                                          host.io_uring_disabled, "; set it to 0"));
    }
    return Forbidden(what, seccomp);
  }
  if (error == ENOSYS) {
    if (!is_old || host.is_seccomp_filtered) return Forbidden(what, seccomp);
  } else if (error == ENOMEM) {
    return ErrorWithReason(
        absl::StatusCode::kFailedPrecondition, "IO_URING_MEMLOCK",
        absl::StrCat(what, " may not lock enough memory: the limit is ", host.memlock_bytes / 1024,
                     " KiB; raise it (ulimit -l, LimitMEMLOCK=, or CAP_IPC_LOCK)"));
  } else if (error == EMFILE || error == ENFILE) {
    return ErrorWithReason(
        absl::StatusCode::kFailedPrecondition, "FILES_EXHAUSTED",
        absl::StrCat(what, " got no file: raise the limit of open files (ulimit -n)"));
  } else if (error != EINVAL) {
    return ErrorWithReason(absl::StatusCode::kInternal, "IO_URING_FAILED",
                           absl::StrCat(what, " does not work here for an unknown reason"));
  }
  return ErrorWithReason(
      absl::StatusCode::kFailedPrecondition, "KERNEL_TOO_OLD",
      absl::StrCat(what,
                   " lacks what the mixer needs: provided-buffer rings (Linux 5.19), single "
                   "issuer and multishot recvmsg (6.0); deferred task run (6.1) and absolute "
                   "time-outs (6.12) are used where present"));
}

}  // namespace narada::mixer::net
