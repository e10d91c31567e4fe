// absl::Status across gRPC: code and message as they are; reason, field and retry delay (base/status.h)
// as google.rpc.ErrorInfo, BadRequest and RetryInfo in the status's details.
//   return ToGrpcStatus(ErrorWithReason(absl::StatusCode::kNotFound, "ROOM_UNKNOWN", "..."));  // server
//   absl::Status status = FromGrpcStatus(stub->GetRoom(&context, request, &response));         // client
// ReasonOf(FromGrpcStatus(ToGrpcStatus(status))) == ReasonOf(status), and so for the others.
#ifndef NARADA_BASE_RPC_RPC_STATUS_H_
#define NARADA_BASE_RPC_RPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace narada {

grpc::Status ToGrpcStatus(const absl::Status& status);
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace narada

#endif  // NARADA_BASE_RPC_RPC_STATUS_H_
