// Control's gRPC port with all its services, health and reflection.
//   ASSIGN_OR_RETURN(auto server, GrpcServer::Start(options, parts));
//   server->SetReady(true);
// Services that later issues build answer UNIMPLEMENTED and are visible by reflection all the same.
// Health: "" says that the process lives, "ready" that it can take calls; a probe that restarts it must
// ask the former. The destructor ends streams and waits for calls in progress.

#ifndef NARADA_CONTROL_SERVICE_GRPC_SERVER_H_
#define NARADA_CONTROL_SERVICE_GRPC_SERVER_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/rpc/credentials.h"
#include "control/calls/call_services.h"
#include "control/calls/switchboard.h"
#include "control/mixers/mixer_pool.h"
#include "control/storage/database.h"

namespace narada::control::service {

struct GrpcServerOptions {
  std::string listen;  // HOST:PORT; port 0 takes a free one.
  RpcTlsFiles tls;
  std::string control_id;  // Names this process to gateways.
  std::string backup_dir;  // Where copies of the database go; made when the first one does.
  // A second port with nothing but health, plain, for probes that cannot do mTLS. Empty: none.
  std::string health_listen;
};

class GrpcServer {
 public:
  // What is referred to outlives the server. Errors: those of MakeServerCredentials, UNAVAILABLE /
  // PORT_OCCUPIED.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const GrpcServerOptions& options,
                                                           const calls::CallServices& services,
                                                           calls::Switchboard& switchboard,
                                                           mixers::MixerPool& pool,
                                                           storage::Database& database);
  ~GrpcServer();

  void SetReady(bool is_ready);
  int port() const;
  // Reaches the services without a port, for the console. The server outlives its calls.
  std::shared_ptr<grpc::Channel> InProcessChannel();

 private:
  struct Parts;
  explicit GrpcServer(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_GRPC_SERVER_H_
