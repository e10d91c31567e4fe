// Options of a command made out of a message of the API: --display-name for the field display_name, and
// so for every field, so that no command lacks one.
//   AddMessageOptions(*command, *request.mutable_tenant(), {.without = {"create_time"}, .mask = &mask});
// Numbers, text, "true" and "false", values of an enum without their prefix ("toll_free"), times as
// 2026-11-22T18:30:00Z, durations as 90s or 24h. Repeated fields take several values; a map takes
// KEY=VALUE. Fields of a nested message are options like the others.

#ifndef NARADA_CLI_MESSAGE_OPTIONS_H_
#define NARADA_CLI_MESSAGE_OPTIONS_H_

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>

#include <set>
#include <string>

#include "CLI/CLI.hpp"

namespace narada::cli {

struct MessageOptionsChoice {
  std::set<std::string> without;                // Fields that make no option.
  google::protobuf::FieldMask* mask = nullptr;  // Collects the paths of the fields that are given.
};

// `message` and the mask outlive the command.
void AddMessageOptions(CLI::App& command, google::protobuf::Message& message,
                       const MessageOptionsChoice& choice = {});

}  // namespace narada::cli

#endif  // NARADA_CLI_MESSAGE_OPTIONS_H_
