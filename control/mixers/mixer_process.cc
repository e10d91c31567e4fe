#include "control/mixers/mixer_process.h"

#include "absl/strings/str_cat.h"

namespace narada::control::mixers {
namespace {

std::vector<std::string> Arguments(const std::string& program, int port, absl::Duration drain_grace,
                                   const std::vector<std::string>& flags) {
  std::vector<std::string> arguments = {
      program, absl::StrCat("--grpc_listen=127.0.0.1:", port), "--listen=127.0.0.1",
      // Below the ports that the system gives; a taken one is passed over.
      "--rtp_ports=16000-16999", "--workers=1", "--metrics_port=0", "--log_level=debug",
      absl::StrCat("--drain_grace=", absl::FormatDuration(drain_grace))};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  return arguments;
}

}  // namespace

MixerProcess::MixerProcess(int grpc_port, absl::Duration drain_grace,
                           const std::vector<std::string>& flags, const std::string& program)
    : port_(grpc_port),
      process_(Arguments(program, grpc_port, drain_grace, flags),
               process::ChildProcess::NewLogPath("mixer")) {}

std::string MixerProcess::address() const { return absl::StrCat("127.0.0.1:", port_); }

}  // namespace narada::control::mixers
