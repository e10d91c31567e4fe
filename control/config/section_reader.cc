#include "control/config/section_reader.h"

#include <google/protobuf/duration.pb.h>

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace narada::control::config {

using google::protobuf::FieldDescriptor;

SectionReader::SectionReader(const ConfigFile& file, std::string path,
                             const google::protobuf::Message& section)
    : file_(file), path_(std::move(path)), section_(section) {}

const FieldDescriptor* SectionReader::Find(absl::string_view field) const {
  const FieldDescriptor* found = section_.GetDescriptor()->FindFieldByName(std::string(field));
  CHECK(found != nullptr) << path_ << " has no field " << field;
  return found;
}

void SectionReader::Fail(absl::string_view field, absl::string_view why) {
  if (status_.ok()) status_ = file_.Error(absl::StrCat(path_, ".", field), why);
}

void SectionReader::Text(absl::string_view field, std::string* value) {
  const std::string text = section_.GetReflection()->GetString(section_, Find(field));
  if (!text.empty()) *value = text;
}

void SectionReader::Number(absl::string_view field, int min, int max, int* value) {
  const FieldDescriptor* descriptor = Find(field);
  const uint32_t number = section_.GetReflection()->GetUInt32(section_, descriptor);
  if (number == 0 &&
      !(descriptor->has_presence() && section_.GetReflection()->HasField(section_, descriptor))) {
    return;
  }
  if (number < static_cast<uint32_t>(min) || number > static_cast<uint32_t>(max)) {
    Fail(field, absl::StrCat("must be ", min, " to ", max));
    return;
  }
  *value = static_cast<int>(number);
}

void SectionReader::Duration(absl::string_view field, absl::Duration min, absl::Duration max,
                             absl::Duration* value) {
  const FieldDescriptor* descriptor = Find(field);
  if (!section_.GetReflection()->HasField(section_, descriptor)) return;
  const auto& given = static_cast<const google::protobuf::Duration&>(
      section_.GetReflection()->GetMessage(section_, descriptor));
  const absl::Duration duration = absl::Seconds(given.seconds()) + absl::Nanoseconds(given.nanos());
  if (duration < min || duration > max) {
    Fail(field, absl::StrCat("must be ", absl::ToInt64Milliseconds(min), " ms to ",
                             absl::ToInt64Seconds(max), " s"));
    return;
  }
  *value = duration;
}

}  // namespace narada::control::config
