// A program as a process of its own for tests, with its log in a file.
//   ChildProcess mixer({"mixer/mixer", "--listen=127.0.0.1"}, ChildProcess::NewLogPath("mixer"));
//   EXPECT_TRUE(mixer.WaitLog("ready"));
//   EXPECT_EQ(mixer.Stop(), 0);
// Killed in the destructor if it still runs, and by the kernel if the test crashes. One thread.
#ifndef NARADA_TESTS_PROCESS_CHILD_PROCESS_H_
#define NARADA_TESTS_PROCESS_CHILD_PROCESS_H_

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace narada::process {

class ChildProcess {
 public:
  // `arguments` begin with the program's path. What it writes goes to a new file at `log_path`.
  ChildProcess(std::vector<std::string> arguments, std::string log_path);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // In the test's temporary folder, a new one each time.
  static std::string NewLogPath(absl::string_view name);

  std::string Log() const;
  // Until the log holds `text`; false after the time-out or when the process has ended.
  bool WaitLog(absl::string_view text, absl::Duration timeout = absl::Seconds(15)) const;

  bool IsRunning() const;
  void Terminate();  // SIGTERM; returns at once.
  void Kill();       // SIGKILL; returns when it is gone.
  // The exit code, once it has ended; 128 + signal if it was killed, -1 after the time-out.
  int WaitExit(absl::Duration timeout = absl::Seconds(20));
  int Stop();  // Terminate and WaitExit.

  absl::Duration CpuTime() const;  // Of all its threads until now, to the nanosecond. It must run.
  size_t ResidentBytes() const;

 private:
  const std::string log_path_;
  pid_t pid_ = -1;
  mutable int exit_code_ = -1;
};

// A port of loopback, free for TCP and for UDP, that no other test of the machine gets until this process
// ends.
int FreePort();

}  // namespace narada::process

#endif  // NARADA_TESTS_PROCESS_CHILD_PROCESS_H_
