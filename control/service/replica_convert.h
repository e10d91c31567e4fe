// Between narada.control.v1.ReplicaService and our own types: a call on its way between replicas, and
// what passes between it and its gateway, seen from the gateway's side.

#ifndef NARADA_CONTROL_SERVICE_REPLICA_CONVERT_H_
#define NARADA_CONTROL_SERVICE_REPLICA_CONVERT_H_

#include <optional>
#include <string>

#include "control/calls/gateway.h"
#include "control/calls/replicas.h"
#include "narada/control/v1/replica.pb.h"

namespace narada::control::service {

v1::HandedCall ToProto(const calls::HandedCall& call);
// Nothing if a field that is needed is missing.
std::optional<calls::HandedCall> FromProto(const v1::HandedCall& proto);

v1::GatewayCall ToProto(const calls::GatewayCall& call);
calls::GatewayCall FromProto(const v1::GatewayCall& proto);

v1::SignalRequest ToProto(const std::string& gateway_call_id, const calls::GatewayEvent& event);
// Nothing for Welcome.
std::optional<calls::GatewayCommand> FromProto(const v1::SignalResponse& response);

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_REPLICA_CONVERT_H_
