// narada.control.v1.ReplicaService: takes calls that other replicas give us, each with a stream that
// stands for its gateway.
//   ReplicaService service(switchboard);
//   builder.RegisterService(&service);
// Callbacks of gRPC call the switchboard, which posts and returns. Shutdown of the server ends the
// streams; the calls stay up.

#ifndef NARADA_CONTROL_SERVICE_REPLICA_SERVICE_H_
#define NARADA_CONTROL_SERVICE_REPLICA_SERVICE_H_

#include "control/calls/switchboard.h"
#include "narada/control/v1/replica.grpc.pb.h"

namespace narada::control::service {

class ReplicaService final : public v1::ReplicaService::CallbackService {
 public:
  explicit ReplicaService(calls::Switchboard& switchboard) : switchboard_(switchboard) {}

  grpc::ServerUnaryReactor* FindCall(grpc::CallbackServerContext* context,
                                     const v1::FindCallRequest* request,
                                     v1::FindCallResponse* response) override;
  grpc::ServerBidiReactor<v1::CarryCallRequest, v1::CarryCallResponse>* CarryCall(
      grpc::CallbackServerContext* context) override;

 private:
  calls::Switchboard& switchboard_;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_REPLICA_SERVICE_H_
