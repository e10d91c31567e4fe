#include "tests/process/child_process.h"

#include <set>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace narada::process {
namespace {

std::vector<std::string> Shell(const std::string& script) { return {"/bin/sh", "-c", script}; }

TEST(ChildProcess, TellsWhatItWroteAndHowItEnded) {
  ChildProcess process(Shell("echo ready; echo worse >&2; exit 3"),
                       ChildProcess::NewLogPath("exit"));
  EXPECT_EQ(process.WaitExit(), 3);
  EXPECT_EQ(process.Log(), "ready\nworse\n");
  EXPECT_FALSE(process.WaitLog("never")) << "at once: it has ended";
  EXPECT_EQ(process.Stop(), 3);
}

TEST(ChildProcess, IsStoppedByTheSignalThatItMayHandle) {
  ChildProcess process(Shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"),
                       ChildProcess::NewLogPath("stop"));
  ASSERT_TRUE(process.WaitLog("ready"));
  EXPECT_EQ(process.WaitExit(absl::Milliseconds(50)), -1);
  EXPECT_GT(process.ResidentBytes(), 0u);
  EXPECT_EQ(process.Stop(), 7);
}

TEST(ChildProcess, IsGoneWhenItWasKilled) {
  ChildProcess process(Shell("while :; do :; done"), ChildProcess::NewLogPath("kill"));
  absl::SleepFor(absl::Milliseconds(200));
  EXPECT_GT(process.CpuTime(), absl::ZeroDuration());
  process.Kill();
  EXPECT_FALSE(process.IsRunning());
  EXPECT_EQ(process.WaitExit(), 128 + 9);
}

TEST(FreePort, IsGivenOnce) {
  std::set<int> ports;
  for (int i = 0; i < 20; ++i) ports.insert(FreePort());
  EXPECT_EQ(ports.size(), 20u);
  EXPECT_LT(*ports.rbegin(), 20'000);
}

TEST(ChildProcess, WithoutAProgramEndsByItself) {
  ChildProcess process({"/no/such/program"}, ChildProcess::NewLogPath("none"));
  EXPECT_EQ(process.WaitExit(), 127);
}

}  // namespace
}  // namespace narada::process
