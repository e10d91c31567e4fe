// The reference signaling gateway: SIP on one side, control's SignalingService on the other. SDP
// passes through unread, RTP does not pass at all. docs/life-of-a-call.md shows its place.
#include <signal.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <thread>
#include <utility>

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "base/core_files.h"
#include "base/log.h"
#include "base/status.h"
#include "sip/control_link.h"
#include "sip/event_loop.h"
#include "sip/gateway.h"
#include "sip/health_server.h"
#include "sip/settings.h"
#include "sip/sip_metrics.h"
#include "sip/sofia_log.h"
#include "sip/user_agent.h"

namespace narada::sip {
namespace {

// How long far ends may take to confirm their BYE when we are told to stop.
constexpr absl::Duration kFarewellMax = absl::Seconds(5);

// SIGTERM and SIGINT, taken by one thread, so that they never interrupt anything.
sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

absl::Status Serve(const Settings& settings) {
  SendSofiaLogToOurs();
  EventLoop loop;
  SipMetrics metrics;
  std::unique_ptr<HealthServer> health;
  if (settings.health_port != 0) {
    ASSIGN_OR_RETURN(health,
                     HealthServer::Start(settings.agent.listen_address, settings.health_port));
  }
  if (settings.metrics_port != 0) {
    RETURN_IF_ERROR(metrics.Serve(settings.metrics_address, settings.metrics_port));
  }
  Gateway gateway(loop, metrics, [&](bool is_serving) {
    if (health != nullptr) health->SetReady(is_serving);
    if (is_serving) {
      LOG_INFO("sip is ready on {}:{} (UDP and TCP), control at {}", settings.agent.listen_address,
               settings.agent.port, settings.control.target);
    }
  });
  ASSIGN_OR_RETURN(std::unique_ptr<UserAgent> agent,
                   UserAgent::Create(loop, settings.agent, metrics, [&](CallEvent event) {
                     gateway.OnCallEvent(std::move(event));
                   }));
  absl::StatusOr<std::unique_ptr<ControlLink>> link =
      ControlLink::Create(loop, settings.control, gateway);
  bool is_clean = false;
  if (link.ok()) {
    gateway.Connect(*agent, **link);
    LOG_INFO("listening on {}:{}, waiting for control at {}", settings.agent.listen_address,
             settings.agent.port, settings.control.target);
    (*link)->Start();
    std::thread([&loop, &agent, &health, &is_clean] {
      const sigset_t signals = StopSignals();
      int signal = 0;
      sigwait(&signals, &signal);
      loop.Post([&loop, &agent, &health, &is_clean, signal] {
        LOG_INFO("stopping on signal {}: {} calls end", signal, agent->CallIds().size());
        if (health != nullptr) health->SetReady(false);
        loop.After(kFarewellMax, [&loop] { loop.Stop(); });
        agent->ShutDown([&loop, &is_clean] {
          is_clean = true;
          loop.Stop();
        });
      });
    }).detach();
    loop.Run();
    (*link)->Stop();
  }
  if (!is_clean) {
    // Without its peers' answers, or without a start, the stack cannot be taken down in order.
    agent.release();
    RETURN_IF_ERROR(link.status());
  }
  LOG_INFO("sip has stopped");
  // Nothing is left to save, and unwinding would only wait for timers of the stack.
  if (!is_clean) std::_Exit(0);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Narada's reference SIP gateway.");
  absl::ParseCommandLine(argc, argv);
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // Before any thread is made: all inherit it.
  signal(SIGPIPE, SIG_IGN);
  ForbidCoreFiles();
  absl::StatusOr<Settings> settings = SettingsFromFlags();
  absl::Status status = settings.status();
  if (status.ok()) status = InitLog({.program = "sip", .level = settings->log_level});
  if (status.ok()) status = Serve(*settings);
  if (status.ok()) return 0;
  std::cerr << "sip: " << status.message() << std::endl;
  return 1;
}

}  // namespace
}  // namespace narada::sip

int main(int argc, char** argv) { return narada::sip::Main(argc, argv); }
