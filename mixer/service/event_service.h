// narada.mixer.v1.EventService. Thread-safe, as gRPC calls it.
#ifndef NARADA_MIXER_SERVICE_EVENT_SERVICE_H_
#define NARADA_MIXER_SERVICE_EVENT_SERVICE_H_

#include <atomic>

#include "mixer/service/mixer_context.h"
#include "narada/mixer/v1/event.grpc.pb.h"

namespace narada::mixer::service {

class EventService final : public v1::EventService::Service {
 public:
  explicit EventService(MixerContext& context) : context_(context) {}

  grpc::Status WatchEvents(grpc::ServerContext* call, const v1::WatchEventsRequest* request,
                           grpc::ServerWriter<v1::WatchEventsResponse>* writer) override;

  // Ends all streams, so that the server can stop.
  void Stop() { is_stopping_.store(true); }

 private:
  MixerContext& context_;
  std::atomic<bool> is_stopping_{false};
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_EVENT_SERVICE_H_
