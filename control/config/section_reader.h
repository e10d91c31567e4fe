// Reads one message of the configuration file into our own types, field by field: unset keeps the
// default, a value out of bounds is an error with its place. The first error is kept.
//   SectionReader reader(file, "control.dialogue", section);
//   reader.Duration("no_input", absl::Seconds(1), absl::Minutes(1), &settings.no_input);
//   reader.Number("tries_max", 1, 10, &settings.tries_max);
//   RETURN_IF_ERROR(reader.status());
#ifndef NARADA_CONTROL_CONFIG_SECTION_READER_H_
#define NARADA_CONTROL_CONFIG_SECTION_READER_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/config_file.h"

namespace narada::control::config {

// Fields are named as in the .proto; a name or type that does not exist there is a bug (CHECK).
class SectionReader {
 public:
  // `path` is where `section` stands in the file: "control.dialogue". All outlive the reader.
  SectionReader(const ConfigFile& file, std::string path, const google::protobuf::Message& section);

  // Unset, for strings and numbers without `optional`, is "" and 0.
  void Text(absl::string_view field, std::string* value);
  void Number(absl::string_view field, int min, int max, int* value);
  void Duration(absl::string_view field, absl::Duration min, absl::Duration max,
                absl::Duration* value);

  // Another error of this section.
  void Fail(absl::string_view field, absl::string_view why);

  const absl::Status& status() const { return status_; }

 private:
  const google::protobuf::FieldDescriptor* Find(absl::string_view field) const;

  const ConfigFile& file_;
  const std::string path_;
  const google::protobuf::Message& section_;
  absl::Status status_;
};

}  // namespace narada::control::config

#endif  // NARADA_CONTROL_CONFIG_SECTION_READER_H_
