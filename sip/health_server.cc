#include "sip/health_server.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "sip/host.h"

namespace narada::sip {
namespace {

constexpr char kReady[] = "ready";

}  // namespace

absl::StatusOr<std::unique_ptr<HealthServer>> HealthServer::Start(const std::string& address,
                                                                  int port) {
  grpc::EnableDefaultHealthCheckService(true);
  const std::string at = absl::StrCat(InUri(address), ":", port);
  grpc::ServerBuilder builder;
  int bound = 0;
  builder.AddListeningPort(at, grpc::InsecureServerCredentials(), &bound);
  // Two programs must not share the port without knowing.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || bound == 0) {
    return ErrorWithReason(absl::StatusCode::kUnavailable, "PORT_OCCUPIED",
                           absl::StrCat("cannot serve health on ", at,
                                        ": another program may hold the port; choose one with "
                                        "--health_port"));
  }
  return std::unique_ptr<HealthServer>(new HealthServer(std::move(server)));
}

HealthServer::HealthServer(std::unique_ptr<grpc::Server> server) : server_(std::move(server)) {
  server_->GetHealthCheckService()->SetServingStatus("", true);
  SetReady(false);
}

HealthServer::~HealthServer() {
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
}

void HealthServer::SetReady(bool is_ready) {
  server_->GetHealthCheckService()->SetServingStatus(kReady, is_ready);
}

}  // namespace narada::sip
