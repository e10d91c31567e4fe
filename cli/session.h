// One run of the client: where control is, how to speak to it, how to show what it answers.
//   session.Call(&v1::SmsService::Stub::GetSms, request)          one answer, or an error with its reason
//   session.FetchAll(&v1::SmsService::Stub::ListSms, request, 0)  all pages as one answer
//   session.Show(response), session.Finish(status)
// One thread.

#ifndef NARADA_CLI_SESSION_H_
#define NARADA_CLI_SESSION_H_

#include <google/protobuf/message.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>
#include <grpcpp/support/sync_stream.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/rpc/credentials.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "cli/message_text.h"

namespace narada::cli {

// What stands before the command on the line.
struct SessionSettings {
  std::string server = "127.0.0.1:50061";
  RpcTlsFiles tls;
  bool is_json = false;
  double timeout_s = 30;  // Of one answer; streams last as long as they last.
};

class Session {
 public:
  // Filled in by the command line before the first call.
  SessionSettings& settings() { return settings_; }
  int exit_code() const { return exit_code_; }

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    RETURN_IF_ERROR(Connect());
    grpc::ClientContext context;
    SetDeadline(context);
    Stub stub(channel_);
    Response response;
    RETURN_IF_ERROR(FromGrpcStatus((stub.*method)(&context, request, &response)));
    return response;
  }

  // `items_max` 0: all of them.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> FetchAll(grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                 const Request&, Response*),
                                    Request request, uint32_t items_max) {
    Response all;
    uint32_t left = items_max;
    do {
      request.set_page_size(items_max == 0 ? kPageMax : std::min(left, kPageMax));
      ASSIGN_OR_RETURN(const Response page, Call(method, request));
      request.set_page_token(page.next_page_token());
      all.MergeFrom(page);
      left -= std::min(left, request.page_size());
    } while (!request.page_token().empty() && (items_max == 0 || left > 0));
    all.clear_next_page_token();
    return all;
  }

  // Hands each message to `take`, until that returns an error, which is the result then.
  template <typename Stub, typename Request, typename Response>
  absl::Status Stream(std::unique_ptr<grpc::ClientReader<Response>> (Stub::*method)(
                          grpc::ClientContext*, const Request&),
                      const Request& request,
                      const std::function<absl::Status(const Response&)>& take) {
    RETURN_IF_ERROR(Connect());
    grpc::ClientContext context;
    Stub stub(channel_);
    const std::unique_ptr<grpc::ClientReader<Response>> reader = (stub.*method)(&context, request);
    Response response;
    absl::Status taken;
    while (taken.ok() && reader->Read(&response)) taken = take(response);
    if (!taken.ok()) context.TryCancel();
    const absl::Status finished = FromGrpcStatus(reader->Finish());
    return taken.ok() ? finished : taken;
  }

  // ---- The terminal

  void Print(absl::string_view text);
  // As JSON, or for people: the fields of what was asked for; "done" where nothing is answered.
  void Show(const google::protobuf::Message& response);
  void ShowTable(const google::protobuf::Message& response, const std::string& items,
                 const std::vector<Column>& columns);
  // Says what is wrong on standard error, and sets the exit code.
  void Finish(const absl::Status& status);

 private:
  static constexpr uint32_t kPageMax = 1000;

  absl::Status Connect();
  void SetDeadline(grpc::ClientContext& context) const;

  SessionSettings settings_;
  std::shared_ptr<grpc::Channel> channel_;
  int exit_code_ = 0;
};

}  // namespace narada::cli

#endif  // NARADA_CLI_SESSION_H_
