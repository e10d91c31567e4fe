#include "cli/session.h"

#include <google/protobuf/descriptor.h>
#include <grpcpp/create_channel.h>
#include <stdio.h>

#include <chrono>
#include <utility>

#include "cli/failure.h"

namespace narada::cli {

absl::Status Session::Connect() {
  if (channel_ != nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto credentials, MakeChannelCredentials(settings_.server, settings_.tls));
  channel_ = grpc::CreateChannel(settings_.server, credentials);
  return absl::OkStatus();
}

void Session::SetDeadline(grpc::ClientContext& context) const {
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::milliseconds(static_cast<int64_t>(settings_.timeout_s * 1000)));
}

void Session::Print(absl::string_view text) {
  fwrite(text.data(), 1, text.size(), stdout);
  fflush(stdout);
}

void Session::Show(const google::protobuf::Message& response) {
  if (settings_.is_json) return Print(Json(response));
  const google::protobuf::Descriptor& type = *response.GetDescriptor();
  if (type.field_count() == 0) return Print("done\n");
  const google::protobuf::FieldDescriptor* only = type.field(0);
  const bool is_wrapper = type.field_count() == 1 && !only->is_repeated() &&
                          only->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE;
  Print(Fields(is_wrapper ? response.GetReflection()->GetMessage(response, only) : response));
}

void Session::ShowTable(const google::protobuf::Message& response, const std::string& items,
                        const std::vector<Column>& columns) {
  Print(settings_.is_json ? Json(response) : Table(columns, response, items));
}

void Session::Finish(const absl::Status& status) {
  exit_code_ = ExitCodeOf(status);
  if (!status.ok()) fputs(Explain(status, settings_.server).c_str(), stderr);
}

}  // namespace narada::cli
