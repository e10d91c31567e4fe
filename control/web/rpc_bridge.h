// Carries a request of the page to the gRPC method of the same name, in this process, and its answer back:
// protobuf's JSON on one side, protobuf on the other. So the console can do what the API can, and each
// command is one command.
//
//   RpcBridge bridge(server->InProcessChannel());
//   StatusOr<std::string> json = bridge.Call(requester, "ConferenceService/MuteAll", body);
//
// Any thread; blocks until the method answers.

#ifndef NARADA_CONTROL_WEB_RPC_BRIDGE_H_
#define NARADA_CONTROL_WEB_RPC_BRIDGE_H_

#include <google/protobuf/message.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "control/model/requester.h"
#include "control/web/rights.h"

namespace narada::control::web {

// Makes the request carry who asks (control/service/requester.h reads it).
void AddRequester(const Requester& requester, grpc::ClientContext& context);

// The message as JSON; fields that have their default are left out.
std::string ToJson(const google::protobuf::Message& message);

// Reads `json` into `request` and binds it to what is the requester's own, as `scope` says; for
// Scope::kConference whether the conference is theirs is left to Call. INVALID_ARGUMENT / JSON_INVALID |
// FIELD_INVALID, PERMISSION_DENIED / NOT_MODERATOR.
absl::Status ReadRequest(const Requester& requester, Scope scope, absl::string_view json,
                         google::protobuf::Message& request);

class RpcBridge {
 public:
  explicit RpcBridge(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}

  // Errors: those of CheckMethod (rights.h), ReadRequest and the method.
  absl::StatusOr<std::string> Call(const Requester& requester, absl::string_view method,
                                   absl::string_view json);
  // Whether this conference is the requester's to see and to steer. NOT_FOUND / CONFERENCE_UNKNOWN, also
  // where it is another's: who may not see it does not learn that it is there.
  absl::Status CheckConference(const Requester& requester, const std::string& conference_id);
  // The same, and for operators, too, that it runs.
  absl::Status CheckRunningConference(const Requester& requester, const std::string& conference_id);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_RPC_BRIDGE_H_
