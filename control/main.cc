// The program `control`: IVR, reservations, SMS, conferences. `control --help` tells the flags; the
// configuration file's schema is proto/narada/config/v1/control.proto.

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/core_files.h"
#include "base/log.h"
#include "base/status.h"
#include "control/config/control_config.h"
#include "control/program.h"

ABSL_FLAG(std::string, config, "", "configuration file, protobuf text format");
ABSL_FLAG(bool, check_config, false, "read the configuration file, say what is wrong, and end");
ABSL_FLAG(std::string, data, "data", "folder of everything that lasts; made if it does not exist");
ABSL_FLAG(std::string, grpc_listen, "", "ADDRESS:PORT of the gRPC port");
ABSL_FLAG(
    std::string, replica_address, "",
    "ADDRESS:PORT by which other replicas reach our gRPC port (with PostgreSQL); as it listens");
ABSL_FLAG(std::string, tls_cert, "", "PEM file of our certificate: mutual TLS on every gRPC way");
ABSL_FLAG(std::string, tls_key, "", "PEM file of its key");
ABSL_FLAG(std::string, tls_client_ca, "", "PEM file of the authority of our peers");
ABSL_FLAG(std::string, mixer, "", "ADDRESS:PORT of the mixer, or several, separated by commas");
ABSL_FLAG(std::string, number, "", "the access number, E.164 with \"+\"");
ABSL_FLAG(std::string, prompts, "", "folder of the built prompts (//control/prompts:recordings)");
ABSL_FLAG(std::string, listen, "", "IP address of the HTTP port");
ABSL_FLAG(int, http_port, -1, "HTTP port of the status page; 0 takes a free one");
ABSL_FLAG(int, metrics_port, -1, "port of /metrics for Prometheus; 0: none");
ABSL_FLAG(
    int, health_port, 0,
    "TCP port on all addresses that serves gRPC health and nothing else, without TLS; 0: off");
ABSL_FLAG(std::string, log_level, "", "debug, info, warning or error");
ABSL_FLAG(absl::Duration, clock_offset, absl::ZeroDuration(),
          "added to the machine's time, so that a test can live eight days later");

namespace narada::control {
namespace {

class OffsetClock final : public Clock {
 public:
  explicit OffsetClock(absl::Duration offset) : offset_(offset) {}
  absl::Time Now() const override { return absl::Now() + offset_; }

 private:
  const absl::Duration offset_;
};

absl::Status BadFlag(absl::string_view flag, absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "FLAG_INVALID",
                         absl::StrCat("--", std::string(flag), ": ", std::string(why)));
}

absl::Status UseNumber(const std::string& text, config::ControlConfig& config) {
  const std::optional<PhoneNumber> number = PhoneNumber::FromE164(text);
  if (!number) return BadFlag("number", absl::StrCat(text, " is not E.164, such as +48608608608"));
  // What the file says about this number holds; otherwise it is like the first one.
  AccessNumber access = config.access_numbers.front();
  for (const AccessNumber& known : config.access_numbers) {
    if (known.number == *number) access = known;
  }
  access.number = *number;
  config.access_numbers = {access};
  return absl::OkStatus();
}

absl::Status UseDataFolder(config::ControlConfig& config) {
  const std::string folder = absl::GetFlag(FLAGS_data);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return BadFlag("data", absl::StrCat("cannot make the folder ", folder, ": ",
                                        std::error_code(errno, std::generic_category()).message(),
                                        "; choose another or make it writable"));
  }
  config.UseDataFolder(folder);
  return absl::OkStatus();
}

// The file, then the flags over it.
absl::StatusOr<ProgramOptions> Configure() {
  ProgramOptions options;
  config::ControlConfig& config = options.config;
  if (const std::string path = absl::GetFlag(FLAGS_config); !path.empty()) {
    ASSIGN_OR_RETURN(config, config::LoadControlConfig(path));
  }
  RETURN_IF_ERROR(UseDataFolder(config));
  const auto use_text = [](const absl::Flag<std::string>& flag, std::string& value) {
    if (std::string text = absl::GetFlag(flag); !text.empty()) value = std::move(text);
  };
  const auto use_port = [](const absl::Flag<int>& flag, int& value) {
    if (const int port = absl::GetFlag(flag); port >= 0) value = port;
  };
  use_text(FLAGS_grpc_listen, config.grpc_listen);
  use_text(FLAGS_replica_address, config.replica_address);
  use_text(FLAGS_prompts, config.prompts_dir);
  use_text(FLAGS_listen, config.web_address);
  use_text(FLAGS_log_level, config.log_level);
  use_port(FLAGS_http_port, config.web_port);
  use_port(FLAGS_metrics_port, config.metrics_port);
  if (config.web_port > 65535) return BadFlag("http_port", "a port is at most 65535");
  if (config.metrics_port > 65535) return BadFlag("metrics_port", "a port is at most 65535");
  const config::TlsFiles tls{.certificate = absl::GetFlag(FLAGS_tls_cert),
                             .key = absl::GetFlag(FLAGS_tls_key),
                             .peer_ca = absl::GetFlag(FLAGS_tls_client_ca)};
  const bool has_tls_flags = !tls.certificate.empty() || !tls.key.empty() || !tls.peer_ca.empty();
  if (const std::string mixers = absl::GetFlag(FLAGS_mixer); !mixers.empty()) {
    const config::TlsFiles known = config.mixers.front().tls;
    config.mixers.clear();
    for (const absl::string_view mixer : absl::StrSplit(mixers, ',', absl::SkipWhitespace())) {
      config.mixers.push_back({.target = std::string(mixer), .tls = known});
    }
    if (config.mixers.empty()) return BadFlag("mixer", "names no mixer");
  }
  if (has_tls_flags) {
    config.grpc_tls = tls;
    for (config::MixerTarget& mixer : config.mixers) mixer.tls = tls;
  }
  if (const std::string number = absl::GetFlag(FLAGS_number); !number.empty()) {
    RETURN_IF_ERROR(UseNumber(number, config));
  }
  if (config.prompts_dir.empty()) {
    return BadFlag("prompts", "the folder of the built prompts must be named");
  }
  const int health_port = absl::GetFlag(FLAGS_health_port);
  if (health_port < 0 || health_port > 65535) return BadFlag("health_port", "this is no port");
  if (health_port > 0) options.health_listen = absl::StrCat("0.0.0.0:", health_port);
  return options;
}

// Waits for SIGTERM or SIGINT; these are blocked in every thread and only taken here.
bool IsAskedToStop(const sigset_t& signals) {
  const timespec wait{0, 100'000'000};
  const int signal = sigtimedwait(&signals, nullptr, &wait);
  if (signal == SIGHUP) LOG_WARNING("SIGHUP: nothing can be reloaded yet; restart to reconfigure");
  return signal == SIGTERM || signal == SIGINT;
}

absl::Status Run() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // Before the first thread, which inherits it.
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // A file that may not grow is an error like a full disk.
  ForbidCoreFiles();
  umask(077);  // Numbers of callers are nobody else's business.
  RETURN_IF_ERROR(InitLog({.program = "control"}));
  if (absl::GetFlag(FLAGS_check_config)) {
    return config::LoadControlConfig(absl::GetFlag(FLAGS_config)).status();
  }
  ASSIGN_OR_RETURN(const ProgramOptions options, Configure());
  RETURN_IF_ERROR(InitLog({.program = "control", .level = options.config.log_level}));
  const OffsetClock clock(absl::GetFlag(FLAGS_clock_offset));
  ASSIGN_OR_RETURN(const std::unique_ptr<Program> program, Program::Start(options, clock));
  while (!IsAskedToStop(signals)) program->Poll();
  LOG_INFO("control stops");
  return absl::OkStatus();
}

}  // namespace
}  // namespace narada::control

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Narada's call plane: IVR, reservations, SMS and conferences.");
  absl::ParseCommandLine(argc, argv);
  const absl::Status status = narada::control::Run();
  if (status.ok()) return 0;
  fprintf(stderr, "control does not start: %s\n", std::string(status.message()).c_str());
  return 1;
}
