#ifndef NARADA_SIP_HEALTH_SERVER_H_
#define NARADA_SIP_HEALTH_SERVER_H_

#include <grpcpp/server.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace narada::sip {

// grpc.health.v1 for probes, on a port of its own and without TLS, as kubelet wants it.
// Service "" says whether the process works (liveness), "ready" whether calls are taken (readiness).
// Nothing else is served there. Thread-safe.
class HealthServer {
 public:
  // UNAVAILABLE / PORT_OCCUPIED.
  static absl::StatusOr<std::unique_ptr<HealthServer>> Start(const std::string& address, int port);
  ~HealthServer();

  void SetReady(bool is_ready);

 private:
  explicit HealthServer(std::unique_ptr<grpc::Server> server);

  const std::unique_ptr<grpc::Server> server_;
};

}  // namespace narada::sip

#endif  // NARADA_SIP_HEALTH_SERVER_H_
