#include "sip/testing/fake_control.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace narada::sip {

namespace pb = control::v1;

class FakeControl::Service : public pb::SignalingService::Service {
 public:
  using Stream = grpc::ServerReaderWriter<Response, Request>;

  grpc::Status Signal(grpc::ServerContext*, Stream* stream) override {
    Request request;
    if (!stream->Read(&request) || !request.has_hello()) {
      return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "say Hello first");
    }
    Response welcome;
    welcome.mutable_welcome()->set_control_id("fake");
    stream->Write(welcome);
    {
      absl::MutexLock lock(&mutex_);
      hellos_.push_back(request);
      stream_ = stream;
    }
    while (stream->Read(&request)) {
      Reaction reaction;
      {
        absl::MutexLock lock(&mutex_);
        events_.push_back({request, false});
        reaction = reaction_;
      }
      if (!reaction) continue;
      for (const Response& response : reaction(request)) Write(response);
    }
    absl::MutexLock lock(&mutex_);
    if (stream_ == stream) stream_ = nullptr;
    return grpc::Status::OK;
  }

  bool Write(const Response& response) {
    absl::MutexLock lock(&mutex_);
    return stream_ != nullptr && stream_->Write(response);
  }

  struct Event {
    Request request;
    bool is_taken;
  };

  mutable absl::Mutex mutex_;
  Stream* stream_ ABSL_GUARDED_BY(mutex_) = nullptr;
  Reaction reaction_ ABSL_GUARDED_BY(mutex_);
  std::vector<Request> hellos_ ABSL_GUARDED_BY(mutex_);
  std::vector<Event> events_ ABSL_GUARDED_BY(mutex_);
};

FakeControl::FakeControl() : service_(std::make_unique<Service>()) { Start(0); }

FakeControl::~FakeControl() { Die(); }

std::string FakeControl::address() const { return absl::StrCat("127.0.0.1:", port_); }

void FakeControl::Start(int port) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::StrCat("127.0.0.1:", port), grpc::InsecureServerCredentials(),
                           &port_);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5000);
  builder.RegisterService(service_.get());
  server_ = builder.BuildAndStart();
  CHECK(server_ != nullptr && port_ != 0) << "no port for the fake control";
}

void FakeControl::SetReaction(Reaction reaction) {
  absl::MutexLock lock(&service_->mutex_);
  service_->reaction_ = std::move(reaction);
}

bool FakeControl::Command(const Response& response) { return service_->Write(response); }

absl::optional<FakeControl::Request> FakeControl::WaitFor(Request::EventCase kind,
                                                          absl::string_view call_id,
                                                          absl::Duration timeout) {
  absl::MutexLock lock(&service_->mutex_);
  Service::Event* found = nullptr;
  const auto has_come = [&] {
    for (Service::Event& event : service_->events_) {
      if (!event.is_taken && event.request.event_case() == kind &&
          (call_id.empty() || event.request.call_id() == call_id)) {
        found = &event;
        return true;
      }
    }
    return false;
  };
  if (!service_->mutex_.AwaitWithTimeout(absl::Condition(&has_come), timeout)) {
    return absl::nullopt;
  }
  found->is_taken = true;
  return found->request;
}

absl::optional<FakeControl::Request> FakeControl::WaitHello(int count, absl::Duration timeout) {
  absl::MutexLock lock(&service_->mutex_);
  const auto has_come = [&] { return service_->hellos_.size() >= static_cast<size_t>(count); };
  if (!service_->mutex_.AwaitWithTimeout(absl::Condition(&has_come), timeout)) {
    return absl::nullopt;
  }
  return service_->hellos_[static_cast<size_t>(count) - 1];
}

size_t FakeControl::CountOf(Request::EventCase kind) const {
  absl::MutexLock lock(&service_->mutex_);
  size_t count = 0;
  for (const Service::Event& event : service_->events_) {
    if (event.request.event_case() == kind) ++count;
  }
  return count;
}

void FakeControl::Die() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());  // Cancels what is open.
  server_->Wait();
  server_.reset();
}

void FakeControl::Revive() { Start(port_); }

}  // namespace narada::sip
