#ifndef NARADA_SIP_TESTING_GATEWAY_PROCESS_H_
#define NARADA_SIP_TESTING_GATEWAY_PROCESS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/process/child_process.h"

namespace narada::sip {

// The real gateway (//sip:sip, to be named in `data`) as a process of its own, on free loopback
// ports, with its log in a file. Killed in the destructor if it still runs.
class GatewayProcess {
 public:
  // `flags` come after --listen, --sip_port, --control and --log_level.
  explicit GatewayProcess(const std::string& control_address, std::vector<std::string> flags = {});

  int port() const { return port_; }
  std::string uri(absl::string_view user) const;  // "sip:USER@127.0.0.1:PORT"

  // Until the log holds `text`; false after the time-out.
  bool WaitLog(absl::string_view text, absl::Duration timeout = absl::Seconds(10)) const {
    return process_.WaitLog(text, timeout);
  }
  std::string Log() const { return process_.Log(); }
  bool IsRunning() { return process_.IsRunning(); }
  size_t ResidentBytes() const { return process_.ResidentBytes(); }

  void Terminate() { process_.Terminate(); }  // SIGTERM; returns at once.
  // The exit code, once it has ended; -1 after the time-out, 128 + signal if it was killed.
  int WaitExit(absl::Duration timeout = absl::Seconds(15)) { return process_.WaitExit(timeout); }

 private:
  const int port_;
  process::ChildProcess process_;
};

using process::FreePort;

}  // namespace narada::sip

#endif  // NARADA_SIP_TESTING_GATEWAY_PROCESS_H_
