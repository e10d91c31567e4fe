// The signaling service at the far end of a gRPC stream, as the actors of its calls hold it.
//   auto gateway = std::make_shared<StreamGateway<Stream>>(id, this);  // In the stream.
//   gateway->Send("call-1", calls::Hangup());                          // Any thread: this->Tell(...)
//   gateway->Detach();                                                 // The stream's last word.
// It outlives the stream, and drops commands once that is gone.
#ifndef NARADA_CONTROL_SERVICE_STREAM_GATEWAY_H_
#define NARADA_CONTROL_SERVICE_STREAM_GATEWAY_H_

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "control/calls/gateway.h"

namespace narada::control::service {

// `Stream` has `void Tell(const std::string& gateway_call_id, calls::GatewayCommand)`, which any thread may
// call and which does not call back. Thread-safe.
template <typename Stream>
class StreamGateway final : public calls::Gateway {
 public:
  StreamGateway(std::string id, Stream* stream) : id_(std::move(id)), stream_(stream) {}

  const std::string& id() const override { return id_; }
  void Send(const std::string& gateway_call_id, calls::GatewayCommand command) override {
    absl::MutexLock lock(&mutex_);
    if (stream_ != nullptr) stream_->Tell(gateway_call_id, std::move(command));
  }
  // When it returns nobody is in Tell, and nobody will be.
  void Detach() {
    absl::MutexLock lock(&mutex_);
    stream_ = nullptr;
  }

 private:
  const std::string id_;
  absl::Mutex mutex_;
  Stream* stream_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_STREAM_GATEWAY_H_
