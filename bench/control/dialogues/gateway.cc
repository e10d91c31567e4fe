#include "bench/control/dialogues/gateway.h"

#include <grpcpp/grpcpp.h>

#include <deque>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "narada/control/v1/signaling.grpc.pb.h"

namespace narada::bench {

namespace v1 = narada::control::v1;

class Gateway::Stream final
    : public grpc::ClientBidiReactor<v1::SignalRequest, v1::SignalResponse> {
 public:
  Stream(const std::string& address, CallListener& listener)
      : listener_(listener),
        stub_(v1::SignalingService::NewStub(
            grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))) {
    context_.set_wait_for_ready(true);
    stub_->async()->Signal(&context_, this);
    AddHold();  // For writes from outside of gRPC's callbacks.
    StartRead(&response_);
    StartCall();
    v1::SignalRequest request;
    request.mutable_hello()->set_gateway_id("bench");
    Send(std::move(request));
  }

  ~Stream() override {
    context_.TryCancel();
    {
      absl::MutexLock lock(&mutex_);
      is_closing_ = true;
    }
    RemoveHold();
    is_over_.WaitForNotification();
  }

  void Send(v1::SignalRequest request) {
    absl::MutexLock lock(&mutex_);
    if (is_closing_) return;
    requests_.push_back(std::move(request));
    if (requests_.size() == 1) StartWrite(&requests_.front());
  }

  void OnWriteDone(bool) override {
    absl::MutexLock lock(&mutex_);
    requests_.pop_front();
    if (!requests_.empty() && !is_closing_) StartWrite(&requests_.front());
  }

  void OnReadDone(bool is_command) override {
    if (!is_command) return;
    if (response_.has_answer()) {
      listener_.OnAnswered(response_.call_id());
      v1::SignalRequest confirmation;
      confirmation.set_call_id(response_.call_id());
      confirmation.mutable_confirmed();
      Send(std::move(confirmation));
    } else if (response_.has_reject() || response_.has_hangup()) {
      listener_.OnEnded(response_.call_id());
    }
    StartRead(&response_);
  }

  void OnDone(const grpc::Status&) override { is_over_.Notify(); }

 private:
  CallListener& listener_;
  const std::unique_ptr<v1::SignalingService::Stub> stub_;
  grpc::ClientContext context_;
  v1::SignalResponse response_;  // Touched by reads, of which there is one at a time.
  absl::Notification is_over_;

  absl::Mutex mutex_;
  std::deque<v1::SignalRequest> requests_ ABSL_GUARDED_BY(mutex_);  // The first is being sent.
  bool is_closing_ ABSL_GUARDED_BY(mutex_) = false;
};

Gateway::Gateway(const std::string& control_address, CallListener& listener)
    : stream_(std::make_unique<Stream>(control_address, listener)) {}

Gateway::~Gateway() = default;

void Gateway::Offer(const std::string& call_id, const std::string& called,
                    const std::string& calling) {
  v1::SignalRequest request;
  request.set_call_id(call_id);
  v1::CallOffered& offered = *request.mutable_offered();
  offered.set_called_number(called);
  offered.set_calling_number(calling);
  offered.set_signaling_address("127.0.0.1");
  offered.set_sdp_offer(
      absl::StrCat("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=", call_id,
                   "\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8 101\r\n"
                   "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"));
  stream_->Send(std::move(request));
}

void Gateway::Press(const std::string& call_id, char digit) {
  v1::SignalRequest request;
  request.set_call_id(call_id);
  request.mutable_digits_pressed()->set_digits(std::string(1, digit));
  stream_->Send(std::move(request));
}

void Gateway::HangUp(const std::string& call_id) {
  v1::SignalRequest request;
  request.set_call_id(call_id);
  request.mutable_ended()->set_reason(v1::CALL_END_REASON_HUNG_UP);
  stream_->Send(std::move(request));
}

}  // namespace narada::bench
