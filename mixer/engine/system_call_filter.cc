#include "mixer/engine/system_call_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <iterator>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada::mixer::engine {
namespace {

// A copy of stderr under a number that nothing else has, so that the filter can tell the reporter's
// write from any other. Above what a soft limit of 1,024 files hands out by itself.
constexpr int kReportFileMin = 700;
int report_file = -1;  // Set once, before any filter is installed.

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

absl::Status Unavailable(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "SECCOMP_UNAVAILABLE",
                         absl::StrCat(what, " failed (", strerror(errno),
                                      "): the system call filter of the workers is not to be had; "
                                      "start without it"));
}

// Runs on the thread that broke the promise, inside its filter.
void Report(int, siginfo_t* info, void*) {
  char text[] = "media path: a worker made system call 0000, which its filter forbids\n";
  char* const digits = strchr(text, '0');
  unsigned number = static_cast<unsigned>(info->si_syscall);
  for (int i = 3; i >= 0; --i, number /= 10) digits[i] = static_cast<char>('0' + number % 10);
  [[maybe_unused]] const ssize_t written = write(report_file, text, sizeof(text) - 1);
  syscall(SYS_exit_group, SystemCallFilter::kViolationExitCode);
}

constexpr unsigned kNumber = offsetof(seccomp_data, nr);
// Its low half, little endian.
constexpr unsigned kFirstArgument = offsetof(seccomp_data, args[0]);

}  // namespace

absl::Status SystemCallFilter::PrepareProcess() {
  if (report_file < 0) report_file = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, kReportFileMin);
  if (report_file < 0) return Unavailable("copying stderr");
  struct sigaction action {};
  action.sa_sigaction = Report;
  action.sa_flags = SA_SIGINFO;
  if (sigaction(SIGSYS, &action, nullptr) != 0) return Unavailable("handling SIGSYS");
  absl::Status result;
  std::thread trial([&result] {
    result = Install();
    if (result.ok()) ExitThread();
  });
  trial.join();
  return result;
}

void SystemCallFilter::ExitThread() {
  while (true) syscall(SYS_exit, 0);
}

absl::Status SystemCallFilter::Install() {
  sigset_t sigsys;
  sigemptyset(&sigsys);
  sigaddset(&sigsys, SIGSYS);
  pthread_sigmask(SIG_UNBLOCK, &sigsys, nullptr);  // A blocked one would kill without a word.

#define ALLOW(number)                                       \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##number, 0, 1), \
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),
      ALLOW(io_uring_enter),
      ALLOW(exit),
      ALLOW(exit_group),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_write, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFirstArgument),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(report_file), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
  };
#undef ALLOW
  sock_fprog filter = {.len = static_cast<unsigned short>(std::size(program)), .filter = program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Unavailable("PR_SET_NO_NEW_PRIVS");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    return Unavailable("PR_SET_SECCOMP");
  }
  return absl::OkStatus();
}

}  // namespace narada::mixer::engine
