#include <memory>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/message_options.h"
#include "narada/control/v1/sms.grpc.pb.h"

namespace narada::cli {

namespace v1 = control::v1;
using Sms = v1::SmsService::Stub;

void AddSmsCommands(CLI::App& app, Session& session) {
  CLI::App& sms = AddNoun(app, "sms", "the outbox: messages from their commit to their receipt");

  CLI::App& list = *sms.add_subcommand("list", "messages, the newest first");
  const auto listed = std::make_shared<v1::ListSmsRequest>();
  AddMessageOptions(list, *listed, {.without = {"page_size", "page_token"}});
  AddList(list, session, listed, &Sms::ListSms, "messages",
          {{"ID", "sms_id"},
           {"TO", "to_number"},
           {"STATE", "state"},
           {"ATTEMPTS", "attempts"},
           {"CREATED", "create_time"},
           {"SENT", "send_time"},
           {"BY", "dispatcher"},
           {"FAILURE", "failure"}});

  CLI::App& show = *sms.add_subcommand("show", "one message");
  const auto shown = std::make_shared<v1::GetSmsRequest>();
  AddArgument(show, "id", shown->mutable_sms_id(), "of the message");
  AddCall(show, session, shown, &Sms::GetSms);

  CLI::App& retry = *sms.add_subcommand("retry", "send a message that failed once more");
  const auto retried = std::make_shared<v1::RetrySmsRequest>();
  AddArgument(retry, "id", retried->mutable_sms_id(), "of the message");
  AddCall(retry, session, retried, &Sms::RetrySms);

  CLI::App& preview = *sms.add_subcommand("preview", "the text of an invitation, and its parts");
  const auto previewed = std::make_shared<v1::PreviewSmsRequest>();
  AddMessageOptions(preview, *previewed);
  AddCall(preview, session, previewed, &Sms::PreviewSms);
}

}  // namespace narada::cli
