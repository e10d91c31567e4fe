#include "control/service/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/service/account_service.h"
#include "control/service/audit_service.h"
#include "control/service/conference_service.h"
#include "control/service/contact_service.h"
#include "control/service/operation_service.h"
#include "control/service/replica_service.h"
#include "control/service/report_service.h"
#include "control/service/reservation_service.h"
#include "control/service/signaling_service.h"
#include "control/service/sms_service.h"

namespace narada::control::service {
namespace {

// Synchronous handlers wait for the database and watchers for changes; more than this are refused.
constexpr int kThreadsMax = 256;
constexpr int kRequestBytesMax = 1 << 20;
constexpr std::chrono::milliseconds kShutdownMax(1000);

absl::Status PortOccupied(const std::string& address) {
  return ErrorWithReason(
      absl::StatusCode::kUnavailable, "PORT_OCCUPIED",
      absl::StrCat("cannot serve gRPC on ", address,
                   ": the port is occupied or the address is not this machine's; stop the other "
                   "program or choose another port"));
}

}  // namespace

struct GrpcServer::Parts {
  Parts(const GrpcServerOptions& options, const calls::CallServices& services,
        calls::Switchboard& switchboard, mixers::MixerPool& pool, storage::Database& database)
      : signaling(switchboard, options.control_id),
        reservations(services, switchboard),
        conferences(switchboard, services.clock),
        contacts(services),
        audit(database),
        sms(database, services, switchboard),
        operations(pool, switchboard, services.throttle, services.accounts, database,
                   options.backup_dir),
        replicas(switchboard),
        accounts(services.accounts, services.numbers),
        reports(services.reports) {}

  SignalingService signaling;
  ReservationService reservations;
  ConferenceService conferences;
  ContactService contacts;
  AuditService audit;
  SmsService sms;
  OperationService operations;
  ReplicaService replicas;
  AccountService accounts;
  ReportService reports;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<grpc::Server> health_server;
  int port = 0;
};

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const GrpcServerOptions& options,
                                                              const calls::CallServices& services,
                                                              calls::Switchboard& switchboard,
                                                              mixers::MixerPool& pool,
                                                              storage::Database& database) {
  ASSIGN_OR_RETURN(const auto credentials, MakeServerCredentials(options.listen, options.tls));
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  auto parts = std::make_unique<Parts>(options, services, switchboard, pool, database);
  grpc::ServerBuilder builder;
  // With SO_REUSEPORT a second control on this port would silently take half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  builder.SetMaxReceiveMessageSize(kRequestBytesMax);
  grpc::ResourceQuota quota("control");
  quota.SetMaxThreads(kThreadsMax);
  builder.SetResourceQuota(quota);
  builder.AddListeningPort(options.listen, credentials, &parts->port);
  builder.RegisterService(&parts->signaling);
  builder.RegisterService(&parts->reservations);
  builder.RegisterService(&parts->conferences);
  builder.RegisterService(&parts->contacts);
  builder.RegisterService(&parts->audit);
  builder.RegisterService(&parts->sms);
  builder.RegisterService(&parts->operations);
  builder.RegisterService(&parts->replicas);
  builder.RegisterService(&parts->accounts);
  builder.RegisterService(&parts->reports);
  parts->server = builder.BuildAndStart();
  if (parts->server == nullptr || parts->port == 0) {
    return PortOccupied(options.listen);
  }
  if (!options.health_listen.empty()) {
    grpc::ServerBuilder health_builder;
    int health_port = 0;
    health_builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    health_builder.AddListeningPort(options.health_listen, grpc::InsecureServerCredentials(),
                                    &health_port);
    parts->health_server = health_builder.BuildAndStart();
    if (parts->health_server == nullptr || health_port == 0) {
      return PortOccupied(options.health_listen);
    }
  }
  auto server = std::unique_ptr<GrpcServer>(new GrpcServer(std::move(parts)));
  server->SetReady(false);
  return server;
}

GrpcServer::GrpcServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

GrpcServer::~GrpcServer() {
  for (const auto& server : {parts_->health_server.get(), parts_->server.get()}) {
    if (server == nullptr) continue;
    server->Shutdown(std::chrono::system_clock::now() + kShutdownMax);
    server->Wait();
  }
}

void GrpcServer::SetReady(bool is_ready) {
  for (const auto& server : {parts_->health_server.get(), parts_->server.get()}) {
    if (server != nullptr) server->GetHealthCheckService()->SetServingStatus("ready", is_ready);
  }
}

int GrpcServer::port() const { return parts_->port; }

std::shared_ptr<grpc::Channel> GrpcServer::InProcessChannel() {
  return parts_->server->InProcessChannel({});
}

}  // namespace narada::control::service
