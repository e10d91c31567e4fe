// The two shapes that nearly every command has.
//   AddCall(*command, session, request, &v1::SmsService::Stub::RetrySms);
//   AddList(*command, session, request, &v1::SmsService::Stub::ListSms, "messages", {{"ID", "sms_id"}});
// The request is filled in by options that were added to the command before.

#ifndef NARADA_CLI_COMMAND_H_
#define NARADA_CLI_COMMAND_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "cli/message_text.h"
#include "cli/session.h"

namespace narada::cli {

// A noun with its verbs: "narada sms list".
inline CLI::App& AddNoun(CLI::App& app, const std::string& name, const std::string& help) {
  CLI::App* noun = app.add_subcommand(name, help);
  noun->require_subcommand(1);
  return *noun;
}

// An argument that must be given.
inline void AddArgument(CLI::App& command, const std::string& name, std::string* value,
                        const std::string& help) {
  command.add_option(name, *value, help)->required();
}

template <typename Stub, typename Request, typename Response>
void AddCall(CLI::App& command, Session& session, std::shared_ptr<Request> request,
             grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*)) {
  command.callback([&session, request = std::move(request), method] {
    const absl::StatusOr<Response> response = session.Call(method, *request);
    if (response.ok()) session.Show(*response);
    session.Finish(response.status());
  });
}

template <typename Stub, typename Request, typename Response>
void AddList(CLI::App& command, Session& session, std::shared_ptr<Request> request,
             grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
             std::string items, std::vector<Column> columns) {
  const auto limit = std::make_shared<uint32_t>(0);
  command.add_option("--limit", *limit, "how many at the most (default: all)");
  command.callback([&session, request = std::move(request), method, limit, items = std::move(items),
                    columns = std::move(columns)] {
    const absl::StatusOr<Response> response = session.FetchAll(method, *request, *limit);
    if (response.ok()) session.ShowTable(*response, items, columns);
    session.Finish(response.status());
  });
}

}  // namespace narada::cli

#endif  // NARADA_CLI_COMMAND_H_
