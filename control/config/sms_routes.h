// The ways by which messages leave, as control.sms.routes names them: checked, with their defaults. The
// files of their secrets are read later (ReadSecrets), so that a configuration can be checked anywhere.
#ifndef NARADA_CONTROL_CONFIG_SMS_ROUTES_H_
#define NARADA_CONTROL_CONFIG_SMS_ROUTES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/config_file.h"
#include "control/sms/http_gateway_sender.h"
#include "control/sms/smpp_client.h"
#include "narada/config/v1/control.pb.h"

namespace narada::control::config {

// Exactly one of the three.
struct SmsRouteConfig {
  std::string name;
  bool is_spool = false;
  std::optional<sms::SmppSettings> smpp;
  std::optional<sms::HttpGatewaySettings> http;
  std::string secret_file;  // Of the SMSC's password or the gateway's secret; empty: none.
};

// Replaces `routes` if there are any in `section`. INVALID_ARGUMENT / CONFIG_INVALID with file and line.
absl::Status ReadSmsRoutes(const ConfigFile& file, const narada::config::v1::Sms& section,
                           std::vector<SmsRouteConfig>& routes);

// Puts into each route what its secret file holds, without a newline at its end.
// FAILED_PRECONDITION / SECRET_UNREADABLE names the file.
absl::Status ReadSecrets(std::vector<SmsRouteConfig>& routes);

}  // namespace narada::control::config

#endif  // NARADA_CONTROL_CONFIG_SMS_ROUTES_H_
