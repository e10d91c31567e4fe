#include "control/service/replica_service.h"

#include <deque>
#include <memory>
#include <utility>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/service/convert.h"
#include "control/service/replica_convert.h"
#include "control/service/stream_gateway.h"

namespace narada::control::service {
namespace {

// One call; deletes itself when gRPC is done with it.
class Stream final : public grpc::ServerBidiReactor<v1::CarryCallRequest, v1::CarryCallResponse> {
 public:
  explicit Stream(calls::Switchboard& switchboard) : switchboard_(switchboard) {
    StartRead(&request_);
  }

  // Any thread.
  void Tell(const std::string& gateway_call_id, calls::GatewayCommand command) {
    v1::CarryCallResponse response;
    *response.mutable_command() = ToProto(gateway_call_id, command);
    absl::MutexLock lock(&mutex_);
    if (is_finished_) return;
    responses_.push_back(std::move(response));
    if (is_taken_ && responses_.size() == 1) StartWrite(&responses_.front());
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Close(absl::OkStatus());
    const absl::Status handled = gateway_ == nullptr ? HandleFirst() : HandleEvent();
    if (!handled.ok()) return Close(handled);
    StartRead(&request_);
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    responses_.pop_front();
    if (ok && !responses_.empty() && !is_finished_) StartWrite(&responses_.front());
  }

  void OnDone() override { delete this; }

 private:
  absl::Status HandleFirst() {
    std::variant<calls::HandedCall, calls::GatewayCall> call;
    if (request_.has_handed()) {
      std::optional<calls::HandedCall> handed = FromProto(request_.handed());
      if (!handed) return InvalidField("handed", "FIELD_INVALID", "the call is not whole");
      key_ = {handed->owner.gateway_id, handed->owner.gateway_call_id};
      call = *std::move(handed);
    } else if (request_.has_joined()) {
      key_ = FromProto(request_.joined());
      call = key_;
    } else {
      return InvalidField("item", "FIELD_INVALID", "the first request says which call it is");
    }
    gateway_ = std::make_shared<StreamGateway<Stream>>(key_.gateway_id, this);
    RETURN_IF_ERROR(switchboard_.TakeUp(gateway_, call));
    // What the call may have told its gateway already waits behind this.
    v1::CarryCallResponse response;
    response.mutable_taken();
    absl::MutexLock lock(&mutex_);
    is_taken_ = true;
    responses_.push_front(std::move(response));
    StartWrite(&responses_.front());
    return absl::OkStatus();
  }

  absl::Status HandleEvent() {
    if (!request_.has_event()) {
      return InvalidField("item", "FIELD_INVALID", "only events follow the first request");
    }
    std::optional<calls::GatewayEvent> event = FromProto(request_.event());
    if (event) switchboard_.OnGatewayEvent(gateway_, key_.gateway_call_id, *std::move(event));
    return absl::OkStatus();
  }

  void Close(const absl::Status& status) {
    if (gateway_) gateway_->Detach();
    absl::MutexLock lock(&mutex_);
    if (is_finished_) return;
    is_finished_ = true;
    Finish(ToGrpcStatus(status));
  }

  calls::Switchboard& switchboard_;

  // Touched by reads, of which there is one at a time.
  v1::CarryCallRequest request_;
  calls::GatewayCall key_;
  std::shared_ptr<StreamGateway<Stream>> gateway_;

  absl::Mutex mutex_;
  std::deque<v1::CarryCallResponse> responses_ ABSL_GUARDED_BY(mutex_);
  bool is_taken_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

grpc::ServerUnaryReactor* ReplicaService::FindCall(grpc::CallbackServerContext* context,
                                                   const v1::FindCallRequest* request,
                                                   v1::FindCallResponse* response) {
  response->set_is_led_here(switchboard_.Leads(FromProto(request->call())));
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerBidiReactor<v1::CarryCallRequest, v1::CarryCallResponse>* ReplicaService::CarryCall(
    grpc::CallbackServerContext*) {
  return new Stream(switchboard_);
}

}  // namespace narada::control::service
