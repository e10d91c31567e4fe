#ifndef NARADA_SIP_SETTINGS_H_
#define NARADA_SIP_SETTINGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "sip/control_link.h"
#include "sip/user_agent.h"

namespace narada::sip {

// What the gateway runs with: the `sip` section of the configuration file, with flags over it.
struct Settings {
  UserAgent::Options agent;
  ControlLink::Options control;
  std::string metrics_address = "127.0.0.1";
  int metrics_port = 0;  // 0: none.
  int health_port = 0;   // 0: none.
  std::string log_level = "info";
};

// Reads --config, if given, and the other flags of the program (--helpshort lists them). Errors
// name the flag, or the file with line, and what is wrong.
absl::StatusOr<Settings> SettingsFromFlags();

}  // namespace narada::sip

#endif  // NARADA_SIP_SETTINGS_H_
