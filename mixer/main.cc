// The media plane: `mixer --config narada.textproto`. Builds everything, runs until SIGTERM or SIGINT
// or the end of a drain, exits with 0.
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/core_files.h"
#include "base/log.h"
#include "base/random.h"
#include "base/status.h"
#include "mixer/engine/engine.h"
#include "mixer/engine/shared_sockets.h"
#include "mixer/engine/system_call_filter.h"
#include "mixer/files/recorder.h"
#include "mixer/mixer_options.h"
#include "mixer/net/port_range.h"
#include "mixer/net/ring_network.h"
#include "mixer/net/udp_socket_pairs.h"
#include "mixer/service/metrics.h"
#include "mixer/service/mixer_context.h"
#include "mixer/service/mixer_server.h"
#include "mixer/service/mixer_state.h"
#include "mixer/service/prompt_store.h"
#include "mixer/service/quality_monitor.h"
#include "mixer/service/recording_events.h"
#include "mixer/service/state_keeper.h"
#include "mixer/worker_thread.h"
#include "prometheus/exposer.h"

namespace narada::mixer {
namespace {

// How long a pair of ports rests, so that a late packet of one call does not enter the next.
constexpr absl::Duration kPortQuarantine = absl::Seconds(10);

// Events that a reader may come back for: some minutes of a busy mixer.
constexpr size_t kEventsMax = 65536;

// Hears the engine; the state it tells is made after the engine.
class Listener final : public engine::EngineListener {
 public:
  explicit Listener(service::MixerState& state) : state_(state) {}
  void OnEvent(const room::RoomEvent& event) override { state_.OnEvent(event); }
  void OnEventsLost(uint64_t count) override { state_.OnEventsLost(count); }

 private:
  service::MixerState& state_;
};

// Each leg takes two files.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

absl::StatusOr<engine::WorkerSeat> MakeSeat(const MixerOptions& options, int index) {
  net::RingNetworkOptions network_options;
  network_options.sockets_max = 2 * options.legs_per_worker_max +
                                2 * static_cast<uint32_t>(options.shared_sockets_per_worker);
  // A tick's packets of all legs, and as many that a stall has made wait.
  network_options.receive_budget = std::max(4096u, 8 * options.legs_per_worker_max);
  ASSIGN_OR_RETURN(std::unique_ptr<net::RingNetwork> network,
                   net::RingNetwork::Create(network_options));
  net::RingNetwork* const raw = network.get();
  const int cpu = options.cpus.empty() ? -1 : options.cpus[static_cast<size_t>(index)];
  engine::WorkerSeat seat;
  seat.network = std::move(network);
  seat.prepare = [raw, index, cpu]() -> absl::Status {
    RETURN_IF_ERROR(PrepareWorkerThread(index, cpu));
    RETURN_IF_ERROR(raw->Enable());
    if (index == 0) LOG_INFO("workers: {}", raw->Describe());
    return absl::OkStatus();
  };
  return seat;
}

absl::StatusOr<std::unique_ptr<engine::SharedSockets>> OpenSharedSockets(
    const MixerOptions& options, net::SocketPairs& pairs) {
  const int first_even = options.rtp_port_min + options.rtp_port_min % 2;
  ASSIGN_OR_RETURN(std::unique_ptr<engine::SharedSockets> sockets,
                   engine::SharedSockets::Open({.first_port = static_cast<uint16_t>(first_even),
                                                .workers = options.workers,
                                                .per_worker = options.shared_sockets_per_worker},
                                               pairs));
  if (sockets->receive_buffer_bytes() < engine::SharedSockets::kBufferBytes) {
    LOG_WARNING(
        "the kernel lets a shared socket keep {} bytes that wait, of {} that were asked for; with "
        "more "
        "than some hundred legs on each raise net.core.rmem_max and wmem_max",
        sockets->receive_buffer_bytes(), engine::SharedSockets::kBufferBytes);
  }
  return sockets;
}

absl::Status Run(const MixerOptions& options) {
  // Blocked before any thread is made, so that sigwait() below gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // A file that may not grow is an error of its recording alone.
  RaiseFileLimit();
  ForbidCoreFiles();
  if (options.filter_system_calls) RETURN_IF_ERROR(engine::SystemCallFilter::PrepareProcess());

  SystemClock clock;
  SecureRandom random;
  std::unique_ptr<service::StateKeeper> keeper;
  if (!options.state_dir.empty()) {
    const uint32_t legs_max = static_cast<uint32_t>(options.workers) * options.legs_per_worker_max;
    ASSIGN_OR_RETURN(keeper, service::StateKeeper::Open(options.state_dir, legs_max));
    if (!keeper->IsInMemory()) {
      LOG_WARNING("the state folder {} is on a disk, which may make workers wait; use a tmpfs",
                  options.state_dir);
    }
  }
  service::MixerState state(clock, absl::StrCat(absl::Hex(random.Next(), absl::kZeroPad16)),
                            kEventsMax, keeper.get());
  Listener listener(state);

  ASSIGN_OR_RETURN(
      net::PortRange ports,
      net::PortRange::Create(options.rtp_port_min, options.rtp_port_max, kPortQuarantine));
  net::UdpSocketPairs sockets(SocketAddress(options.listen_ip, 0), std::move(ports), clock,
                              options.dscp);
  std::unique_ptr<engine::SharedSockets> shared_sockets;  // Null: none are wanted.
  if (options.shared_sockets_per_worker > 0) {
    ASSIGN_OR_RETURN(shared_sockets, OpenSharedSockets(options, sockets));
  }
  // An address that is not ours is found now, not with the first call.
  {
    absl::StatusOr<net::SocketPair> probe = sockets.Open();
    if (!probe.ok()) return WithContext(probe.status(), "RTP");
    sockets.Close(*std::move(probe));
  }

  // Outlives the engine, whose rooms hold taps of recordings.
  service::RecordingEvents recording_events(state);
  std::unique_ptr<files::Recorder> recorder;
  if (!options.recordings_dir.empty()) {
    ASSIGN_OR_RETURN(recorder,
                     files::Recorder::Open({.folder = options.recordings_dir,
                                            .threads = options.recording_threads,
                                            .reserve_bytes = options.recording_reserve_bytes,
                                            .opus_bitrate = options.recording_opus_bitrate,
                                            .duration_max = options.recording_duration_max},
                                           clock, recording_events));
  }

  engine::EngineOptions engine_options;
  engine_options.admission = {.load_max = options.load_max,
                              .legs_max = options.legs_per_worker_max};
  engine_options.steps_per_tick = options.steps_per_tick;
  engine_options.rooms_max = options.rooms_max;
  engine_options.filter_system_calls = options.filter_system_calls;
  engine_options.shared_sockets = shared_sockets.get();
  engine_options.source_seed = random.Next();
  std::vector<engine::WorkerSeat> seats;
  for (int i = 0; i < options.workers; ++i) {
    ASSIGN_OR_RETURN(engine::WorkerSeat seat, MakeSeat(options, i));
    seats.push_back(std::move(seat));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<engine::Engine> engine,
                   engine::Engine::Start(engine_options, std::move(seats), listener));

  service::MixerSettings settings;
  settings.advertised_ip = options.advertised_ip;
  settings.room_legs_max = options.legs_per_worker_max;  // A room lives on one worker.
  settings.speakers_max = options.speakers_max;
  settings.speaker_hangover = options.speaker_hangover;
  settings.equalises_levels = options.equalises_levels;
  settings.comfort_noise = options.comfort_noise;
  settings.media_timeout = options.media_timeout;
  settings.packets_per_second_max = options.packets_per_second_max;
  settings.srtp_policy = options.srtp_policy;
  settings.srtp_suites = options.srtp_suites;
  settings.delay_max = options.delay_max;
  settings.extended_reports = options.extended_reports;
  settings.delay_min = options.delay_min;
  settings.codecs = options.codecs;
  settings.recording_rate = options.recording_rate;
  settings.unix_time_at_zero = Nanoseconds(absl::ToUnixNanos(clock.Now()) - MonotonicNanoseconds());
  service::PromptStore prompts(clock, options.prompt_bytes_max);
  service::QualityMonitor quality(*engine, state);
  service::MixerContext context{*engine, state, prompts, quality, sockets, random, clock, settings};
  context.recorder = recorder.get();
  context.shared_sockets = shared_sockets.get();

  const auto metrics = std::make_shared<service::MixerMetrics>(context);
  std::unique_ptr<prometheus::Exposer> exposer;
  if (!options.metrics_listen.empty()) {
    try {  // civetweb's wrapper throws.
      exposer = std::make_unique<prometheus::Exposer>(options.metrics_listen);
    } catch (const std::exception& error) {
      return ErrorWithReason(absl::StatusCode::kAlreadyExists, "PORT_TAKEN",
                             absl::StrCat("cannot serve metrics on ", options.metrics_listen,
                                          ": the port is taken by another program"));
    }
    exposer->RegisterCollectable(metrics);
  }

  ASSIGN_OR_RETURN(const std::unique_ptr<service::MixerServer> server,
                   service::MixerServer::Start(context, {.listen = options.grpc_listen,
                                                         .tls = options.tls,
                                                         .health_listen = options.health_listen}));

  // A signal begins a drain; the end of a drain, whoever began it, ends the program.
  std::thread signal_thread([&] {
    int signal_number = 0;
    sigwait(&signals, &signal_number);
    server->Drain(options.drain_grace);
    sigwait(&signals, &signal_number);  // Asked twice: at once.
    server->Drain(absl::ZeroDuration());
  });
  LOG_INFO("mixer ready: gRPC port {}, RTP {} ports {}-{}, {} workers", server->port(),
           options.advertised_ip.ToString(), options.rtp_port_min, options.rtp_port_max,
           options.workers);
  server->WaitUntilDrained();
  LOG_INFO("mixer drained, stopping");
  pthread_kill(signal_thread.native_handle(), SIGTERM);
  pthread_kill(signal_thread.native_handle(), SIGINT);
  signal_thread.join();
  if (keeper != nullptr) keeper->Remove();
  return absl::OkStatus();
}

}  // namespace
}  // namespace narada::mixer

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "The media plane of Narada: rooms, legs, prompts, over gRPC and RTP.");
  absl::ParseCommandLine(argc, argv);
  absl::StatusOr<narada::mixer::MixerOptions> options = narada::mixer::ReadMixerOptions();
  absl::Status status = options.status();
  if (status.ok()) {
    status = narada::InitLog({.program = "mixer", .level = options->log_level});
  } else {
    narada::InitLog({.program = "mixer", .level = "info"}).IgnoreError();
  }
  if (status.ok()) status = narada::mixer::Run(*options);
  if (status.ok()) return 0;
  LOG_ERROR("mixer cannot run: {}", status);
  return 1;
}
