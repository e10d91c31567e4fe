#ifndef NARADA_SIP_TESTING_GATEWAY_PROCESS_H_
#define NARADA_SIP_TESTING_GATEWAY_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace narada::sip {

// The real gateway (//sip:sip, to be named in `data`) as a process of its own, on free loopback
// ports, with its log in a file. Killed in the destructor if it still runs.
class GatewayProcess {
 public:
  // `flags` come after --listen, --sip_port, --control and --log_level.
  explicit GatewayProcess(const std::string& control_address, std::vector<std::string> flags = {});
  ~GatewayProcess();

  int port() const { return port_; }
  std::string uri(absl::string_view user) const;  // "sip:USER@127.0.0.1:PORT"

  // Until the log holds `text`; false after the time-out.
  bool WaitLog(absl::string_view text, absl::Duration timeout = absl::Seconds(10)) const;
  std::string Log() const;
  bool IsRunning();
  size_t ResidentBytes() const;

  void Terminate();  // SIGTERM; returns at once.
  // The exit code, once it has ended; -1 after the time-out, 128 + signal if it was killed.
  int WaitExit(absl::Duration timeout = absl::Seconds(15));

 private:
  int port_;
  std::string log_path_;
  pid_t pid_ = -1;
  int exit_code_ = -1;
};

// A TCP and UDP port of loopback that was free a moment ago.
int FreePort();

}  // namespace narada::sip

#endif  // NARADA_SIP_TESTING_GATEWAY_PROCESS_H_
