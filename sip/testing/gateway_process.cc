#include "sip/testing/gateway_process.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace narada::sip {
namespace {

std::vector<std::string> Arguments(int port, const std::string& control_address,
                                   std::vector<std::string> flags) {
  std::vector<std::string> arguments = {
      "sip/sip", "--listen=127.0.0.1", absl::StrCat("--sip_port=", port),
      absl::StrCat("--control=", control_address), "--log_level=debug"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  return arguments;
}

}  // namespace

GatewayProcess::GatewayProcess(const std::string& control_address, std::vector<std::string> flags)
    : port_(FreePort()),
      process_(Arguments(port_, control_address, std::move(flags)),
               process::ChildProcess::NewLogPath("sip")) {}

std::string GatewayProcess::uri(absl::string_view user) const {
  return absl::StrCat("sip:", user, "@127.0.0.1:", port_);
}

}  // namespace narada::sip
