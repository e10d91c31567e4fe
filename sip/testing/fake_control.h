#ifndef NARADA_SIP_TESTING_FAKE_CONTROL_H_
#define NARADA_SIP_TESTING_FAKE_CONTROL_H_

#include <grpcpp/server.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "narada/control/v1/signaling.grpc.pb.h"

namespace narada::sip {

// A control for tests of signaling services: a real gRPC server with the SignalingService, that
// records what it is told and says what the test wants. It can die and come back on its port.
//   FakeControl control;
//   control.SetReaction([](const SignalRequest& event) { return answer_or_nothing; });
//   auto offered = control.WaitFor(SignalRequest::kOffered);
//   control.Command(response);
// Any thread.
class FakeControl {
 public:
  using Request = control::v1::SignalRequest;
  using Response = control::v1::SignalResponse;
  using Reaction = std::function<std::vector<Response>(const Request&)>;

  FakeControl();  // On a free loopback port.
  ~FakeControl();

  std::string address() const;  // "127.0.0.1:PORT"
  int port() const { return port_; }

  // Commands that follow an event at once. Called on the stream's thread.
  void SetReaction(Reaction reaction);
  // Sends a command on the present stream; false if there is none.
  bool Command(const Response& response);

  // The next event of this kind that was not yet waited for, in order of arrival; nothing within
  // the time-out. With `call_id`, of this call.
  absl::optional<Request> WaitFor(Request::EventCase kind, absl::string_view call_id = "",
                                  absl::Duration timeout = absl::Seconds(10));
  // The Hello of stream number `count` (from 1), once control has welcomed it.
  absl::optional<Request> WaitHello(int count, absl::Duration timeout = absl::Seconds(10));
  size_t CountOf(Request::EventCase kind) const;

  // As kill -9 and a restart on the same port: streams break, nothing is remembered but events.
  void Die();
  void Revive();

 private:
  class Service;

  void Start(int port);

  int port_ = 0;
  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace narada::sip

#endif  // NARADA_SIP_TESTING_FAKE_CONTROL_H_
