#include "mixer/service/event_service.h"

#include "absl/time/time.h"
#include "base/rpc/rpc_status.h"
#include "mixer/service/event_reader.h"

namespace narada::mixer::service {
namespace {

// How soon a stream notices that its reader is gone.
constexpr absl::Duration kCancelDelay = absl::Milliseconds(200);

}  // namespace

grpc::Status EventService::WatchEvents(grpc::ServerContext* call,
                                       const v1::WatchEventsRequest* request,
                                       grpc::ServerWriter<v1::WatchEventsResponse>* writer) {
  absl::StatusOr<EventReader> reader = EventReader::Create(context_.state, *request);
  if (!reader.ok()) return ToGrpcStatus(reader.status());
  // The reader sees at once that it is connected, even while nothing happens.
  writer->SendInitialMetadata();
  v1::WatchEventsResponse response;
  while (!call->IsCancelled() && !is_stopping_.load()) {
    if (!reader->Next(kCancelDelay, &response)) continue;
    if (!writer->Write(response)) break;
  }
  if (is_stopping_.load()) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the mixer is stopping");
  }
  return grpc::Status::OK;
}

}  // namespace narada::mixer::service
