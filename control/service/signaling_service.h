// narada.control.v1.SignalingService: one stream per signaling service, as a calls::Gateway.
//   SignalingService service(switchboard, "control-7f3a");
//   builder.RegisterService(&service);
// Callbacks of gRPC call the switchboard, which posts and returns; commands are queued per stream and
// written one after another. Shutdown of the server ends the streams.

#ifndef NARADA_CONTROL_SERVICE_SIGNALING_SERVICE_H_
#define NARADA_CONTROL_SERVICE_SIGNALING_SERVICE_H_

#include <string>
#include <utility>

#include "control/calls/switchboard.h"
#include "narada/control/v1/signaling.grpc.pb.h"

namespace narada::control::service {

class SignalingService final : public v1::SignalingService::CallbackService {
 public:
  SignalingService(calls::Switchboard& switchboard, std::string control_id)
      : switchboard_(switchboard), control_id_(std::move(control_id)) {}

  grpc::ServerBidiReactor<v1::SignalRequest, v1::SignalResponse>* Signal(
      grpc::CallbackServerContext* context) override;

 private:
  calls::Switchboard& switchboard_;
  const std::string control_id_;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_SIGNALING_SERVICE_H_
