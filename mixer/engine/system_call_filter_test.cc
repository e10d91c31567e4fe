#include "mixer/engine/system_call_filter.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "gtest/gtest.h"

namespace narada::mixer::engine {
namespace {

// Runs `f` on a thread under the filter and joins it.
template <typename F>
void RunFiltered(F f) {
  if (!SystemCallFilter::PrepareProcess().ok()) _exit(1);
  std::thread thread([f] {
    if (!SystemCallFilter::Install().ok()) _exit(1);
    f();
    SystemCallFilter::ExitThread();
  });
  thread.join();
}

TEST(SystemCallFilter, LeavesTheClockOfTheVdsoAndIoUringEnter) {
  static std::atomic<long> entered{0};
  RunFiltered([] {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    entered = syscall(SYS_io_uring_enter, -1, 0, 0, 0, nullptr, 0);  // EBADF, but it came through.
  });
  EXPECT_EQ(entered.load(), -1);
}

TEST(SystemCallFilterDeathTest, EndsTheProcessAtAnyOtherCallAndNamesIt) {
  static_assert(SYS_getppid < 10000);
  EXPECT_EXIT(RunFiltered([] { syscall(SYS_getppid); }),
              ::testing::ExitedWithCode(SystemCallFilter::kViolationExitCode),
              "system call 0110");  // x86-64's getppid
}

TEST(SystemCallFilterDeathTest, AContendedLockIsSuchACall) {
  // What proves that a worker takes no lock that somebody could hold: waiting for one is a futex.
  static pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, nullptr);
  pthread_mutex_lock(&mutex);
  EXPECT_EXIT(RunFiltered([] { pthread_mutex_lock(&mutex); }),
              ::testing::ExitedWithCode(SystemCallFilter::kViolationExitCode), "system call 0202");
}

TEST(SystemCallFilterDeathTest, WritingALogLineIsSuchACall) {
  EXPECT_EXIT(RunFiltered([] {
                const ssize_t ignored = write(STDERR_FILENO, "line\n", 5);
                static_cast<void>(ignored);
              }),
              ::testing::ExitedWithCode(SystemCallFilter::kViolationExitCode), "system call 0001");
}

TEST(SystemCallFilterDeathTest, GivingMemoryBackToTheKernelIsSuchACall) {
  EXPECT_EXIT(RunFiltered([] { syscall(SYS_munmap, 0, 0); }),
              ::testing::ExitedWithCode(SystemCallFilter::kViolationExitCode), "system call 0011");
}

}  // namespace
}  // namespace narada::mixer::engine
