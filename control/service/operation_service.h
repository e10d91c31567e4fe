// narada.control.v1.OperationService: which mixers and gateways there are. The rest is UNIMPLEMENTED.

#ifndef NARADA_CONTROL_SERVICE_OPERATION_SERVICE_H_
#define NARADA_CONTROL_SERVICE_OPERATION_SERVICE_H_

#include "control/calls/switchboard.h"
#include "control/mixers/mixer_pool.h"
#include "narada/control/v1/operation.grpc.pb.h"

namespace narada::control::service {

class OperationService final : public v1::OperationService::Service {
 public:
  OperationService(mixers::MixerPool& pool, calls::Switchboard& switchboard)
      : pool_(pool), switchboard_(switchboard) {}

  grpc::Status ListMixers(grpc::ServerContext* context, const v1::ListMixersRequest* request,
                          v1::ListMixersResponse* response) override;
  grpc::Status ListGateways(grpc::ServerContext* context, const v1::ListGatewaysRequest* request,
                            v1::ListGatewaysResponse* response) override;

 private:
  mixers::MixerPool& pool_;
  calls::Switchboard& switchboard_;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_OPERATION_SERVICE_H_
