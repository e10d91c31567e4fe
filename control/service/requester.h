// Who called one of our gRPC methods.
//   const Requester requester = RequesterOf(*context);
//   if (!requester.MaySteer(conference.id, conference.tenant_id)) return ...;

#ifndef NARADA_CONTROL_SERVICE_REQUESTER_H_
#define NARADA_CONTROL_SERVICE_REQUESTER_H_

#include <grpcpp/server_context.h>

#include "control/model/requester.h"

namespace narada::control::service {

// The console inside this process says for whom it asks, and is believed. Everybody else came by a
// port that is for loopback or mutual TLS only, and is an operator, named by its certificate where it
// has one; what it writes into the metadata counts for nothing.
Requester RequesterOf(const grpc::ServerContextBase& context);
bool IsFromConsole(const grpc::ServerContextBase& context);

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_REQUESTER_H_
