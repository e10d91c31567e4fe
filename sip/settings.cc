#include "sip/settings.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "base/config_file.h"
#include "base/log_level.h"
#include "base/status.h"
#include "narada/config/v1/narada.pb.h"

ABSL_FLAG(std::string, config, "", "configuration file (protobuf text format); section sip");
ABSL_FLAG(absl::optional<std::string>, listen, absl::nullopt,
          "IP address of the SIP ports; :: is IPv6 only");
ABSL_FLAG(absl::optional<int>, sip_port, absl::nullopt, "SIP port, UDP and TCP");
ABSL_FLAG(absl::optional<std::string>, advertised_host, absl::nullopt,
          "host in Contact and Via, if not the listening address");
ABSL_FLAG(absl::optional<std::string>, control, absl::nullopt, "ADDR:PORT of control's gRPC");
ABSL_FLAG(absl::optional<std::string>, tls_cert, absl::nullopt, "our certificate (PEM)");
ABSL_FLAG(absl::optional<std::string>, tls_key, absl::nullopt, "its key (PEM)");
ABSL_FLAG(absl::optional<std::string>, tls_client_ca, absl::nullopt,
          "authority that control's certificate must come from (PEM)");
ABSL_FLAG(absl::optional<int>, metrics_port, absl::nullopt, "port of /metrics; 0: none");
ABSL_FLAG(absl::optional<int>, health_port, absl::nullopt, "port of grpc.health.v1; 0: none");
ABSL_FLAG(absl::optional<std::string>, log_level, absl::nullopt, "debug, info, warning, error");
ABSL_FLAG(absl::optional<std::string>, gateway_id, absl::nullopt,
          "name of this gateway towards control; stable over restarts");
ABSL_FLAG(absl::optional<std::string>, outbound_proxy, absl::nullopt,
          "SIP URI that dialled calls go to; empty: dialling out is refused");
ABSL_FLAG(absl::optional<std::vector<std::string>>, trusted_peers, absl::nullopt,
          "addresses or networks whose P-Asserted-Identity is believed");
ABSL_FLAG(absl::optional<std::vector<std::string>>, allowed_peers, absl::nullopt,
          "addresses or networks that may call; empty: anybody");
ABSL_FLAG(absl::optional<int>, calls_max, absl::nullopt, "calls in progress at the most");
ABSL_FLAG(absl::optional<int>, calls_per_second_max, absl::nullopt,
          "new calls a second from one peer at the most");

namespace narada::sip {
namespace {

constexpr int kPortMax = 65535;

// The flag if it was given, else what the file says.
template <typename T, typename U>
T Either(const absl::Flag<absl::optional<U>>& flag, T from_file) {
  const absl::optional<U> given = absl::GetFlag(flag);
  return given.has_value() ? static_cast<T>(*given) : from_file;
}

absl::Status CheckPort(const ConfigFile& file, absl::string_view field, int port, int port_min) {
  if (port >= port_min && port <= kPortMax) return absl::OkStatus();
  return file.Error(field, absl::StrCat(port, " is no port: ", port_min, " to ", kPortMax));
}

absl::Status ReadPeers(const ConfigFile& file, absl::string_view field,
                       const std::vector<std::string>& entries, PeerList& peers) {
  for (size_t i = 0; i < entries.size(); ++i) {
    absl::Status added = peers.Add(entries[i]);
    if (!added.ok()) return file.Error(absl::StrCat(field, "[", i, "]"), added.message());
  }
  return absl::OkStatus();
}

// [A-Za-z0-9_.-]{1,64} out of host name, address and port.
std::string DefaultGatewayId(absl::string_view address, int port) {
  char host[256] = "host";
  gethostname(host, sizeof(host) - 1);
  std::string id = absl::StrCat("sip-", host, "-", address, "-", port);
  std::replace_if(
      id.begin(), id.end(),
      [](char c) {
        return !absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-';
      },
      '_');
  return id.size() <= 64 ? id : id.substr(id.size() - 64);
}

bool IsGatewayId(absl::string_view id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-';
  });
}

}  // namespace

absl::StatusOr<Settings> SettingsFromFlags() {
  config::v1::Narada narada;
  ConfigFile file;
  if (const std::string path = absl::GetFlag(FLAGS_config); !path.empty()) {
    ASSIGN_OR_RETURN(file, ConfigFile::Load(path, narada));
  }
  const config::v1::Sip& sip = narada.sip();
  Settings settings;

  UserAgent::Options& agent = settings.agent;
  agent.listen_address = Either<std::string>(
      FLAGS_listen, sip.listen_address().empty() ? agent.listen_address : sip.listen_address());
  agent.port =
      Either<int>(FLAGS_sip_port, sip.port() == 0 ? agent.port : static_cast<int>(sip.port()));
  RETURN_IF_ERROR(CheckPort(file, "sip.port", agent.port, 1));
  agent.advertised_host = Either<std::string>(FLAGS_advertised_host, sip.advertised_host());
  agent.outbound_proxy = Either<std::string>(FLAGS_outbound_proxy, sip.outbound_proxy());
  if (!agent.outbound_proxy.empty() && (!absl::StartsWith(agent.outbound_proxy, "sip:") ||
                                        absl::StrContains(agent.outbound_proxy, '@'))) {
    return file.Error("sip.outbound_proxy",
                      "must be a SIP URI without user, such as sip:trunk.example.net");
  }
  std::vector<std::string> trusted(sip.trusted_peers().begin(), sip.trusted_peers().end());
  if (trusted.empty()) trusted = {"127.0.0.0/8", "::1"};
  RETURN_IF_ERROR(ReadPeers(file, "sip.trusted_peers", Either(FLAGS_trusted_peers, trusted),
                            agent.trusted_peers));
  const std::vector<std::string> allowed(sip.allowed_peers().begin(), sip.allowed_peers().end());
  RETURN_IF_ERROR(ReadPeers(file, "sip.allowed_peers", Either(FLAGS_allowed_peers, allowed),
                            agent.allowed_peers));
  if (sip.has_session_expires()) {
    agent.session_expires = absl::Seconds(sip.session_expires().seconds());
    if (agent.session_expires < absl::Seconds(90)) {
      return file.Error("sip.session_expires", "must be at least 90 s (RFC 4028)");
    }
  }
  const int calls_max =
      Either<int>(FLAGS_calls_max, sip.calls_max() == 0 ? static_cast<int>(agent.limits.calls_max)
                                                        : static_cast<int>(sip.calls_max()));
  if (calls_max <= 0) return file.Error("sip.calls_max", "must be positive");
  agent.limits.calls_max = static_cast<size_t>(calls_max);
  agent.limits.calls_per_second_max = Either<double>(
      FLAGS_calls_per_second_max, sip.calls_per_second_max() == 0
                                      ? agent.limits.calls_per_second_max
                                      : static_cast<double>(sip.calls_per_second_max()));
  if (agent.limits.calls_per_second_max <= 0) {
    return file.Error("sip.calls_per_second_max", "must be positive");
  }
  if (!sip.country_code().empty()) agent.numbering.country_code = sip.country_code();
  if (sip.national_digits() != 0) {
    agent.numbering.national_digits = static_cast<int>(sip.national_digits());
  }

  ControlLink::Options& control = settings.control;
  control.target = Either<std::string>(
      FLAGS_control, sip.control().target().empty() ? control.target : sip.control().target());
  const config::v1::TlsFiles& tls = sip.control().tls();
  control.tls.certificate = Either<std::string>(FLAGS_tls_cert, tls.certificate_file());
  control.tls.key = Either<std::string>(FLAGS_tls_key, tls.key_file());
  control.tls.client_ca = Either<std::string>(FLAGS_tls_client_ca, tls.peer_ca_file());
  control.gateway_id = Either<std::string>(FLAGS_gateway_id, sip.gateway_id());
  if (control.gateway_id.empty()) {
    control.gateway_id = DefaultGatewayId(agent.listen_address, agent.port);
  }
  if (!IsGatewayId(control.gateway_id)) {
    return file.Error("sip.gateway_id", "must match [A-Za-z0-9_.-]{1,64}");
  }

  const config::v1::Monitoring& monitoring = sip.monitoring();
  if (!monitoring.metrics_address().empty()) {
    settings.metrics_address = monitoring.metrics_address();
  }
  settings.metrics_port =
      Either<int>(FLAGS_metrics_port, static_cast<int>(monitoring.metrics_port()));
  RETURN_IF_ERROR(CheckPort(file, "sip.monitoring.metrics_port", settings.metrics_port, 0));
  settings.health_port = Either<int>(FLAGS_health_port, static_cast<int>(sip.health_port()));
  RETURN_IF_ERROR(CheckPort(file, "sip.health_port", settings.health_port, 0));
  settings.log_level = Either<std::string>(
      FLAGS_log_level, LogLevelName(config::v1::LogLevel_Name(monitoring.log_level())));
  return settings;
}

}  // namespace narada::sip
