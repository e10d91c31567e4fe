#include "control/web/rpc_bridge.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <chrono>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "narada/control/v1/conference.grpc.pb.h"

namespace narada::control::web {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

constexpr std::chrono::seconds kAnswerMax(20);
constexpr char kPackage[] = "narada.control.v1.";

const MethodDescriptor* FindMethod(absl::string_view method) {
  const size_t slash = method.find('/');
  if (slash == method.npos) return nullptr;
  const MethodDescriptor* found = DescriptorPool::generated_pool()->FindMethodByName(
      absl::StrCat(kPackage, method.substr(0, slash), ".", method.substr(slash + 1)));
  return found != nullptr && !found->client_streaming() && !found->server_streaming() ? found
                                                                                      : nullptr;
}

std::unique_ptr<Message> NewMessage(const Descriptor* type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(type)->New());
}

const FieldDescriptor* TextField(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  return field != nullptr && field->type() == FieldDescriptor::TYPE_STRING && !field->is_repeated()
             ? field
             : nullptr;
}

std::string TextOf(const Message& message, const FieldDescriptor* field) {
  return message.GetReflection()->GetString(message, field);
}

absl::Status UnknownConference() {
  return ErrorWithReason(absl::StatusCode::kNotFound, "CONFERENCE_UNKNOWN",
                         "no such conference is running");
}

// One answer of a method, waited for.
struct Answer {
  absl::Notification done;
  grpc::Status status;
  grpc::ByteBuffer bytes;
};

grpc::ByteBuffer ToBytes(const Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace

void AddRequester(const Requester& requester, grpc::ClientContext& context) {
  for (const auto& [key, value] : ToMetadata(requester)) context.AddMetadata(key, value);
}

std::string ToJson(const Message& message) {
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json);
  return status.ok() ? json : "{}";
}

absl::Status ReadRequest(const Requester& requester, Scope scope, absl::string_view json,
                         Message& request) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = false;
  const auto read = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json.data(), json.size()), &request, options);
  if (!read.ok()) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "JSON_INVALID",
                           "this is no such request in JSON");
  }
  if (requester.IsOperator()) return absl::OkStatus();
  switch (scope) {
    case Scope::kTenant:
      if (const FieldDescriptor* tenant = TextField(request, "tenant_id")) {
        request.GetReflection()->SetString(&request, tenant, requester.tenant_id);
      }
      break;
    case Scope::kConference:
      if (const FieldDescriptor* conference = TextField(request, "conference_id");
          conference == nullptr || TextOf(request, conference).empty()) {
        return InvalidField("conference_id", "FIELD_INVALID", "conference_id must be given");
      }
      break;
    case Scope::kNone:
    case Scope::kService:
      break;
  }
  return absl::OkStatus();
}

absl::Status RpcBridge::CheckConference(const Requester& requester,
                                        const std::string& conference_id) {
  if (requester.IsOperator()) return absl::OkStatus();
  return CheckRunningConference(requester, conference_id);
}

absl::Status RpcBridge::CheckRunningConference(const Requester& requester,
                                               const std::string& conference_id) {
  grpc::ClientContext context;
  AddRequester(requester, context);
  context.set_deadline(std::chrono::system_clock::now() + kAnswerMax);
  v1::GetConferenceRequest request;
  request.set_conference_id(conference_id);
  v1::GetConferenceResponse response;
  const grpc::Status status =
      v1::ConferenceService::NewStub(channel_)->GetConference(&context, request, &response);
  if (!status.ok()) return FromGrpcStatus(status);
  const v1::Conference& conference = response.conference();
  return requester.MaySteer(conference.conference_id(), conference.tenant_id())
             ? absl::OkStatus()
             : UnknownConference();
}

absl::StatusOr<std::string> RpcBridge::Call(const Requester& requester, absl::string_view method,
                                            absl::string_view json) {
  ASSIGN_OR_RETURN(const Scope scope, CheckMethod(requester, method));
  const MethodDescriptor* descriptor = FindMethod(method);
  if (descriptor == nullptr) {
    return ErrorWithReason(absl::StatusCode::kUnimplemented, "NOT_BUILT",
                           "this method is not there yet");
  }
  const std::unique_ptr<Message> request = NewMessage(descriptor->input_type());
  RETURN_IF_ERROR(ReadRequest(requester, scope, json, *request));
  if (scope == Scope::kConference && !requester.IsOperator()) {
    RETURN_IF_ERROR(
        CheckConference(requester, TextOf(*request, TextField(*request, "conference_id"))));
  }

  grpc::ClientContext context;
  AddRequester(requester, context);
  context.set_deadline(std::chrono::system_clock::now() + kAnswerMax);
  const grpc::ByteBuffer sent = ToBytes(*request);
  Answer answer;
  grpc::GenericStub stub(channel_);
  stub.UnaryCall(&context,
                 absl::StrCat("/", descriptor->service()->full_name(), "/", descriptor->name()), {},
                 &sent, &answer.bytes, [&answer](grpc::Status status) {
                   answer.status = std::move(status);
                   answer.done.Notify();
                 });
  answer.done.WaitForNotification();
  if (answer.status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
    return ErrorWithReason(absl::StatusCode::kUnimplemented, "NOT_BUILT",
                           "this method is not there yet");
  }
  RETURN_IF_ERROR(FromGrpcStatus(answer.status));
  const std::unique_ptr<Message> response = NewMessage(descriptor->output_type());
  grpc::ProtoBufferReader reader(&answer.bytes);
  if (!response->ParseFromZeroCopyStream(&reader)) {
    return absl::InternalError("the method's answer cannot be read");
  }
  return ToJson(*response);
}

}  // namespace narada::control::web
