#include "base/config_file.h"

#include <google/protobuf/io/tokenizer.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status.h"

namespace narada {
namespace {

constexpr absl::string_view kInvalid = "CONFIG_INVALID";
constexpr absl::string_view kUnreadable = "CONFIG_UNREADABLE";

// Protobuf reports lines and columns from 0, people count from 1.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (text_.empty()) text_ = absl::StrCat(line + 1, ":", column + 1, ": ", message);
  }
  void AddWarning(int, int, const std::string&) override {}

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

absl::StatusOr<ConfigFile> ConfigFile::Load(const std::string& path,
                                            google::protobuf::Message& message) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // A folder opens but cannot be read; an empty file reads but inserts nothing.
  if (!file || (file.peek() != std::ifstream::traits_type::eof() && !(text << file.rdbuf())) ||
      file.bad()) {
    return ErrorWithReason(absl::StatusCode::kNotFound, kUnreadable,
                           absl::StrCat(path, ": cannot be read: ", std::strerror(errno)));
  }
  return Parse(path, text.str(), message);
}

absl::StatusOr<ConfigFile> ConfigFile::Parse(absl::string_view name, absl::string_view text,
                                             google::protobuf::Message& message) {
  ConfigFile file;
  file.name_ = std::string(name);
  file.type_ = message.GetDescriptor();
  file.places_ = std::make_unique<google::protobuf::TextFormat::ParseInfoTree>();
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.WriteLocationsTo(file.places_.get());
  if (!parser.ParseFromString(std::string(text), &message)) {
    return ErrorWithReason(
        absl::StatusCode::kInvalidArgument, kInvalid,
        absl::StrCat(name, ":", error.text().empty() ? "cannot be parsed" : error.text()));
  }
  return file;
}

absl::Status ConfigFile::Error(absl::string_view field, absl::string_view why) const {
  std::string place = name_;
  // Walks the path down as far as the file goes; the last place found is the nearest.
  const google::protobuf::TextFormat::ParseInfoTree* tree = places_.get();
  const google::protobuf::Descriptor* type = type_;
  int line = -1;
  const std::vector<absl::string_view> steps = absl::StrSplit(field, '.');
  for (absl::string_view step : steps) {
    if (tree == nullptr || type == nullptr) break;
    int index = -1;
    const size_t bracket = step.find('[');
    if (bracket != absl::string_view::npos) {
      absl::string_view number = step.substr(bracket + 1);
      absl::ConsumeSuffix(&number, "]");
      if (!absl::SimpleAtoi(number, &index)) break;
      step = step.substr(0, bracket);
    }
    const google::protobuf::FieldDescriptor* descriptor = type->FindFieldByName(std::string(step));
    if (descriptor == nullptr) break;
    if (descriptor->is_repeated() && index < 0) index = 0;
    if (!descriptor->is_repeated()) index = -1;
    const auto location = tree->GetLocation(descriptor, index);
    if (location.line >= 0) line = location.line;
    tree = descriptor->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE
               ? tree->GetTreeForNested(descriptor, index)
               : nullptr;
    type = descriptor->message_type();
  }
  if (line >= 0) absl::StrAppend(&place, ":", line + 1);
  if (!place.empty()) place += ": ";
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, kInvalid,
                         absl::StrCat(place, field, ": ", why));
}

}  // namespace narada
