// A configuration file in protobuf text format, with errors that name file and line.
//   config::v1::Narada narada;
//   ASSIGN_OR_RETURN(const ConfigFile file, ConfigFile::Load("narada.textproto", narada));
//   if (narada.mixer().rtp().port_min() % 2 != 0)
//     return file.Error("mixer.rtp.port_min", "must be even");
//     // "narada.textproto:12: mixer.rtp.port_min: must be even"
// An unknown field, a value of the wrong type or a field given twice is an error with its place.
// Nothing of the file's values is repeated in errors, so a secret put there by mistake stays there.
#ifndef NARADA_BASE_CONFIG_FILE_H_
#define NARADA_BASE_CONFIG_FILE_H_

#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace narada {

// Remembers where each field of a parsed message stood; keeps no reference to the message.
class ConfigFile {
 public:
  // Reads `path` into `message`. INVALID_ARGUMENT / CONFIG_INVALID with "path:line:column: why",
  // NOT_FOUND / CONFIG_UNREADABLE if the file cannot be read.
  static absl::StatusOr<ConfigFile> Load(const std::string& path,
                                         google::protobuf::Message& message);

  // The same from text in memory; `name` stands for the path in errors.
  static absl::StatusOr<ConfigFile> Parse(absl::string_view name, absl::string_view text,
                                          google::protobuf::Message& message);

  // No file at all: errors name the field only.
  ConfigFile() = default;

  // INVALID_ARGUMENT / CONFIG_INVALID for a value that parses but cannot be used. `field` is a path
  // such as "control.sms.invitations[1].text"; where it is not in the file, the line of the nearest
  // message around it is named.
  absl::Status Error(absl::string_view field, absl::string_view why) const;

 private:
  std::string name_;
  const google::protobuf::Descriptor* type_ = nullptr;  // Lives as long as the program.
  std::unique_ptr<google::protobuf::TextFormat::ParseInfoTree> places_;
};

}  // namespace narada

#endif  // NARADA_BASE_CONFIG_FILE_H_
