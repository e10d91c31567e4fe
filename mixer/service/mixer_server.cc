#include "mixer/service/mixer_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "mixer/service/resume.h"

namespace narada::mixer::service {
namespace {

constexpr absl::Duration kChoreInterval = absl::Milliseconds(100);
constexpr int kChoresPerSecond = 10;

// Messages of ours are small; a prompt comes in pieces of 1 MiB.
constexpr int kMessageBytesMax = 4 << 20;

absl::Status PortTaken(const std::string& address) {
  return ErrorWithReason(
      absl::StatusCode::kAlreadyExists, "PORT_TAKEN",
      absl::StrCat("cannot listen on ", address,
                   ": the port is taken by another program, or the address is not this machine's"));
}

// As often as this a client may ask whether we are still there, also while no call is open; more
// often ends its connection.
constexpr int kPingIntervalMinMs = 5'000;

// Alive as long as the process answers; ready while it takes new rooms and legs.
constexpr char kReadyService[] = "ready";

void SetOptions(grpc::ServerBuilder& builder) {
  // Two mixers on one port would share its connections by chance.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kPingIntervalMinMs);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MixerServer>> MixerServer::Start(MixerContext& context,
                                                                const MixerServerOptions& options) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<MixerServer> server(new MixerServer(context));
  ResumeLastLife(context, server->room_service_, server->leg_service_);
  ResumeRecordings(context);
  RETURN_IF_ERROR(server->Listen(options));
  if (!options.health_listen.empty()) {
    RETURN_IF_ERROR(server->ListenForHealth(options.health_listen));
  }
  server->SetReady(true);
  server->chores_ = std::thread([raw = server.get()] { raw->DoChores(); });
  return server;
}

MixerServer::MixerServer(MixerContext& context)
    : room_service_(context),
      leg_service_(context),
      playback_service_(context),
      event_service_(context),
      mixer_service_(context, [this](bool is_draining) { SetReady(!is_draining); }),
      recording_service_(context),
      quality_(context.quality),
      engine_(context.engine) {}

absl::Status MixerServer::Listen(const MixerServerOptions& options) {
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ServerCredentials> credentials,
                   MakeServerCredentials(options.listen, options.tls));
  grpc::ServerBuilder builder;
  SetOptions(builder);
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  builder.AddListeningPort(options.listen, credentials, &port_);
  builder.RegisterService(&room_service_);
  builder.RegisterService(&leg_service_);
  builder.RegisterService(&playback_service_);
  builder.RegisterService(&event_service_);
  builder.RegisterService(&mixer_service_);
  builder.RegisterService(&recording_service_);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) return PortTaken(options.listen);
  return absl::OkStatus();
}

absl::Status MixerServer::ListenForHealth(const std::string& address) {
  grpc::ServerBuilder builder;
  SetOptions(builder);
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  health_server_ = builder.BuildAndStart();
  if (health_server_ == nullptr || port == 0) return PortTaken(address);
  return absl::OkStatus();
}

void MixerServer::SetReady(bool is_ready) {
  for (const auto& server : {server_.get(), health_server_.get()}) {
    if (server == nullptr) continue;
    server->GetHealthCheckService()->SetServingStatus("", true);
    server->GetHealthCheckService()->SetServingStatus(kReadyService, is_ready);
  }
}

void MixerServer::DoChores() {
  for (int i = 0; !stop_chores_.WaitForNotificationWithTimeout(kChoreInterval); ++i) {
    if (!drained_.HasBeenNotified() && mixer_service_.IsDrained()) drained_.Notify();
    if (i % kChoresPerSecond != 0) continue;
    room_service_.DeleteEmptyRooms();
    recording_service_.EndTaps();
    engine_.TakeBackEmptyRooms();
    quality_.MeasureSome();
  }
}

MixerServer::~MixerServer() {
  stop_chores_.Notify();
  if (chores_.joinable()) chores_.join();
  event_service_.Stop();
  for (const auto& server : {server_.get(), health_server_.get()}) {
    if (server != nullptr) server->Shutdown(std::chrono::system_clock::now());
  }
}

}  // namespace narada::mixer::service
