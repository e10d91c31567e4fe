#include "control/service/signaling_service.h"

#include <deque>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/log.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/service/convert.h"
#include "control/service/stream_gateway.h"

namespace narada::control::service {
namespace {

// A gateway that does not read for this many commands is lost, not slow.
constexpr size_t kCommandsMax = 10'000;

bool IsIdentifier(absl::string_view text, absl::string_view punctuation, size_t size_max) {
  if (text.empty() || text.size() > size_max) return false;
  for (const char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) &&
        punctuation.find(c) == absl::string_view::npos) {
      return false;
    }
  }
  return true;
}

// One stream; deletes itself when gRPC is done with it.
class Stream final : public grpc::ServerBidiReactor<v1::SignalRequest, v1::SignalResponse> {
 public:
  Stream(calls::Switchboard& switchboard, const std::string& control_id)
      : switchboard_(switchboard), control_id_(control_id) {
    StartRead(&request_);
  }

  // Any thread.
  void Tell(const std::string& gateway_call_id, calls::GatewayCommand command) {
    Write(ToProto(gateway_call_id, command));
  }

  void OnReadDone(bool ok) override {
    // Nothing more comes: the gateway half-closed, or the connection is gone.
    if (!ok) return Close(absl::OkStatus());
    const absl::Status handled = Handle();
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
  // Any thread.
  void Write(v1::SignalResponse response) {
    absl::MutexLock lock(&mutex_);
    if (is_finished_) return;
    if (responses_.size() >= kCommandsMax) {
      return FinishLocked(ErrorWithReason(absl::StatusCode::kResourceExhausted, "GATEWAY_TOO_SLOW",
                                          "the signaling service does not read its commands"));
    }
    responses_.push_back(std::move(response));
    if (responses_.size() == 1) StartWrite(&responses_.front());
  }

  absl::Status Handle() {
    if (gateway_ == nullptr) return HandleHello();
    if (request_.has_hello()) {
      return ErrorWithReason(absl::StatusCode::kInvalidArgument, "FIELD_INVALID",
                             "Hello is the first message only");
    }
    if (!IsIdentifier(request_.call_id(), "_.@-", 128)) {
      return InvalidField("call_id", "FIELD_INVALID", "call_id must be [A-Za-z0-9_.@-]{1,128}");
    }
    std::optional<calls::GatewayEvent> event = FromProto(request_);
    if (!event) {
      // An event of a newer API: nothing follows from it here.
      return absl::OkStatus();
    }
    switchboard_.OnGatewayEvent(gateway_, request_.call_id(), *std::move(event));
    return absl::OkStatus();
  }

  absl::Status HandleHello() {
    if (!request_.has_hello()) {
      return ErrorWithReason(absl::StatusCode::kInvalidArgument, "HELLO_EXPECTED",
                             "the first message of a stream must be Hello");
    }
    const v1::Hello& hello = request_.hello();
    if (!IsIdentifier(hello.gateway_id(), "_.-", 64)) {
      return InvalidField("hello.gateway_id", "FIELD_INVALID",
                          "gateway_id must be [A-Za-z0-9_.-]{1,64}");
    }
    gateway_ = std::make_shared<StreamGateway<Stream>>(hello.gateway_id(), this);
    v1::SignalResponse response;
    response.mutable_welcome()->set_control_id(control_id_);
    Write(std::move(response));
    switchboard_.OnGatewayConnected(
        gateway_, std::vector<std::string>(hello.call_ids().begin(), hello.call_ids().end()));
    return absl::OkStatus();
  }

  void Close(const absl::Status& status) {
    if (!status.ok()) LOG_WARNING("a signaling stream is ended: {}", status);
    if (gateway_) {
      gateway_->Detach();
      switchboard_.OnGatewayLost(gateway_);
    }
    absl::MutexLock lock(&mutex_);
    FinishLocked(status);
  }

  void FinishLocked(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (is_finished_) return;
    is_finished_ = true;
    Finish(ToGrpcStatus(status));
  }

  calls::Switchboard& switchboard_;
  const std::string control_id_;

  // Touched by reads, of which there is one at a time.
  v1::SignalRequest request_;
  std::shared_ptr<StreamGateway<Stream>> gateway_;

  absl::Mutex mutex_;
  std::deque<v1::SignalResponse> responses_ ABSL_GUARDED_BY(mutex_);  // The first is being written.
  bool is_finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

grpc::ServerBidiReactor<v1::SignalRequest, v1::SignalResponse>* SignalingService::Signal(
    grpc::CallbackServerContext*) {
  return new Stream(switchboard_, control_id_);
}

}  // namespace narada::control::service
