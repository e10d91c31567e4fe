#include "mixer/net/ring_failure.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mixer/net/ring.h"

namespace narada::mixer::net {
namespace {

using ::testing::HasSubstr;

const HostFacts kNewKernel = {.kernel_release = "6.12.1-amd64", .memlock_bytes = 65536};

TEST(RingFailure, APermissionErrorNamesTheSysctlWhereThatIsTheCause) {
  HostFacts host = kNewKernel;
  host.io_uring_disabled = 2;
  const absl::Status status = ExplainRingFailure("io_uring_setup", EPERM, host);
  EXPECT_EQ(ReasonOf(status), "IO_URING_FORBIDDEN");
  EXPECT_THAT(std::string(status.message()), HasSubstr("kernel.io_uring_disabled is 2"));
}

TEST(RingFailure, AMissingSystemCallOnANewKernelIsASeccompProfile) {
  const absl::Status status = ExplainRingFailure("io_uring_setup", ENOSYS, kNewKernel);
  EXPECT_EQ(ReasonOf(status), "IO_URING_FORBIDDEN");
  EXPECT_THAT(std::string(status.message()), HasSubstr("seccomp"));
}

TEST(RingFailure, AMissingSystemCallOnAnOldKernelIsTheKernel) {
  HostFacts host = kNewKernel;
  host.kernel_release = "5.4.0-generic";
  EXPECT_EQ(ReasonOf(ExplainRingFailure("io_uring_setup", ENOSYS, host)), "KERNEL_TOO_OLD");
  const absl::Status status = ExplainRingFailure("io_uring_setup", EINVAL, host);
  EXPECT_EQ(ReasonOf(status), "KERNEL_TOO_OLD");
  EXPECT_THAT(std::string(status.message()), HasSubstr("6.0"));
}

TEST(RingFailure, NoMemoryNamesTheLimitInForce) {
  const absl::Status status = ExplainRingFailure("io_uring_setup", ENOMEM, kNewKernel);
  EXPECT_EQ(ReasonOf(status), "IO_URING_MEMLOCK");
  EXPECT_THAT(std::string(status.message()), HasSubstr("64 KiB"));
}

// Creates a ring in a child whose seccomp filter answers io_uring_setup with `error`, as container
// runtimes' default profiles do. Exits with 0 if the failure was explained by that.
int RunWithoutIoUring(int error) {
  const pid_t child = fork();
  if (child == 0) {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog filter = {.len = 4, .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(3);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) _exit(4);
    const absl::Status status = Ring::Create({}).status();
    const bool is_explained = ReasonOf(status) == "IO_URING_FORBIDDEN" &&
                              std::string(status.message()).find("seccomp") != std::string::npos;
    _exit(is_explained ? 0 : 1);
  }
  int result = -1;
  waitpid(child, &result, 0);
  return WIFEXITED(result) ? WEXITSTATUS(result) : -1;
}

TEST(RingFailure, ARealSeccompFilterIsNamedAsTheCause) {
  EXPECT_EQ(RunWithoutIoUring(ENOSYS), 0);  // podman on Debian 12
  EXPECT_EQ(RunWithoutIoUring(EPERM), 0);   // Docker 25, containerd 2.0
}

}  // namespace
}  // namespace narada::mixer::net
