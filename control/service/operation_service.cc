#include "control/service/operation_service.h"

namespace narada::control::service {

grpc::Status OperationService::ListMixers(grpc::ServerContext*, const v1::ListMixersRequest*,
                                          v1::ListMixersResponse* response) {
  for (const mixers::MixerPool::Entry& entry : pool_.List()) {
    v1::MixerStatus& mixer = *response->add_mixers();
    mixer.set_mixer_id(entry.address);
    mixer.set_address(entry.address);
    mixer.set_is_reachable(entry.status.is_ready);
    mixer.set_is_draining(entry.status.is_draining);
    mixer.set_leg_count(entry.status.leg_count);
  }
  return grpc::Status::OK;
}

grpc::Status OperationService::ListGateways(grpc::ServerContext*, const v1::ListGatewaysRequest*,
                                            v1::ListGatewaysResponse* response) {
  for (const calls::Switchboard::GatewayEntry& entry : switchboard_.gateways()) {
    v1::GatewayStatus& gateway = *response->add_gateways();
    gateway.set_gateway_id(entry.gateway_id);
    gateway.set_call_count(entry.call_count);
  }
  return grpc::Status::OK;
}

}  // namespace narada::control::service
