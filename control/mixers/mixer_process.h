// The real mixer (//mixer:mixer, to be named in `data`) as a process of its own for tests: on free
// loopback ports, with its log in the test's temporary folder.
//
//   MixerProcess mixer(FreePort());
//   mixer.Kill();                          // as a crash
//   MixerProcess again(mixer.port());      // found where the first one was
//   EXPECT_EQ(again.Stop(), 0);
//
// Killed in the destructor if it still runs. One thread.

#ifndef NARADA_CONTROL_MIXERS_MIXER_PROCESS_H_
#define NARADA_CONTROL_MIXERS_MIXER_PROCESS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/process/child_process.h"

namespace narada::control::mixers {

class MixerProcess {
 public:
  // SIGTERM lets legs leave by themselves for `drain_grace`. `flags` override those that it has anyhow.
  explicit MixerProcess(int grpc_port, absl::Duration drain_grace = absl::ZeroDuration(),
                        const std::vector<std::string>& flags = {},
                        const std::string& program = "mixer/mixer");

  int port() const { return port_; }
  std::string address() const;  // "127.0.0.1:PORT"
  std::string Log() const { return process_.Log(); }

  void Terminate() { process_.Terminate(); }  // SIGTERM; returns at once.
  void Kill() { process_.Kill(); }            // SIGKILL; returns when it is gone.
  // The exit code, once it has ended; 128 + signal if it was killed, -1 after the time-out.
  int WaitExit(absl::Duration timeout = absl::Seconds(20)) { return process_.WaitExit(timeout); }
  int Stop() { return process_.Stop(); }  // Terminate and WaitExit.

 private:
  const int port_;
  process::ChildProcess process_;
};

using process::FreePort;

}  // namespace narada::control::mixers

#endif  // NARADA_CONTROL_MIXERS_MIXER_PROCESS_H_
