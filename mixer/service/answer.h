// The edge between our results and gRPC's.
#ifndef NARADA_MIXER_SERVICE_ANSWER_H_
#define NARADA_MIXER_SERVICE_ANSWER_H_

#include <grpcpp/support/status.h>

#include <utility>

#include "absl/status/statusor.h"
#include "base/rpc/rpc_status.h"

namespace narada::mixer::service {

// Writes the response, or makes the error a gRPC status with its details.
template <typename Response>
grpc::Status Answer(absl::StatusOr<Response> result, Response* response) {
  if (!result.ok()) return ToGrpcStatus(result.status());
  *response = *std::move(result);
  return grpc::Status::OK;
}

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_ANSWER_H_
