#include "cli/message_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/check.h"

namespace narada::cli {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// C0, DEL and the C1 controls, which are two bytes in UTF-8.
std::string WithoutControls(const std::string& text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = text[i];
    const bool is_c1 = c == 0xC2 && i + 1 < text.size() &&
                       static_cast<unsigned char>(text[i + 1]) >= 0x80 &&
                       static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (is_c1) ++i;
    result += c < 0x20 || c == 0x7F || is_c1 ? '?' : text[i];
  }
  return result;
}

// ParticipantState: "PARTICIPANT_STATE_".
std::string PrefixOf(const google::protobuf::EnumDescriptor& type) {
  std::string prefix;
  for (const char c : type.name()) {
    if (absl::ascii_isupper(c) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(c);
  }
  return prefix + "_";
}

std::string MessageText(const Message& message) {
  if (const auto* time = dynamic_cast<const google::protobuf::Timestamp*>(&message)) {
    return absl::FormatTime("%Y-%m-%d %H:%M:%SZ", absl::FromUnixSeconds(time->seconds()),
                            absl::UTCTimeZone());
  }
  if (const auto* duration = dynamic_cast<const google::protobuf::Duration*>(&message)) {
    const absl::Duration value =
        absl::Seconds(duration->seconds()) + absl::Nanoseconds(duration->nanos());
    return absl::FormatDuration(absl::Trunc(value, absl::Milliseconds(1)));
  }
  return JsonLine(message);
}

std::string Number(double number) {
  std::string text = absl::StrFormat("%.3f", number);
  while (absl::EndsWith(text, "0")) text.pop_back();
  return std::string(absl::StripSuffix(text, "."));
}

// The i-th value of a repeated field, or the only one where i is -1.
std::string FieldText(const Message& message, const FieldDescriptor& field, int i) {
  const Reflection& reflection = *message.GetReflection();
  const bool is_one = i < 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return WithoutControls(is_one ? reflection.GetString(message, &field)
                                    : reflection.GetRepeatedString(message, &field, i));
    case FieldDescriptor::CPPTYPE_BOOL:
      return (is_one ? reflection.GetBool(message, &field)
                     : reflection.GetRepeatedBool(message, &field, i))
                 ? "yes"
                 : "no";
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(is_one ? reflection.GetUInt32(message, &field)
                                 : reflection.GetRepeatedUInt32(message, &field, i));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(is_one ? reflection.GetUInt64(message, &field)
                                 : reflection.GetRepeatedUInt64(message, &field, i));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(is_one ? reflection.GetInt32(message, &field)
                                 : reflection.GetRepeatedInt32(message, &field, i));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(is_one ? reflection.GetInt64(message, &field)
                                 : reflection.GetRepeatedInt64(message, &field, i));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Number(is_one ? reflection.GetFloat(message, &field)
                           : reflection.GetRepeatedFloat(message, &field, i));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Number(is_one ? reflection.GetDouble(message, &field)
                           : reflection.GetRepeatedDouble(message, &field, i));
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(*(is_one ? reflection.GetEnum(message, &field)
                               : reflection.GetRepeatedEnum(message, &field, i)));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageText(is_one ? reflection.GetMessage(message, &field)
                                : reflection.GetRepeatedMessage(message, &field, i));
  }
  return "";
}

std::string Joined(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  if (!field.is_repeated()) {
    const bool is_unset = field.has_presence() && !reflection.HasField(message, &field);
    return is_unset ? "" : FieldText(message, field, -1);
  }
  std::vector<std::string> values;
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    values.push_back(FieldText(message, field, i));
  }
  return absl::StrJoin(values, ",");
}

// Characters, not bytes: as far as a terminal's columns go, near enough.
size_t Width(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

bool IsPlain(const FieldDescriptor& field) {
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return true;
  const std::string& type = field.message_type()->full_name();
  return type == "google.protobuf.Timestamp" || type == "google.protobuf.Duration";
}

void AppendFields(const Message& message, const std::string& indent, std::string& out) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (IsPlain(*field)) {
      absl::StrAppend(&out, indent, field->name(), ": ", Joined(message, *field), "\n");
      continue;
    }
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      absl::StrAppend(&out, indent, field->name(), ":\n");
      AppendFields(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                        : reflection.GetMessage(message, field),
                   indent + "  ", out);
    }
  }
}

std::string ToJson(const Message& message, bool is_whole) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.add_whitespace = is_whole;
  options.always_print_primitive_fields = is_whole;
  std::string json;
  CHECK(google::protobuf::util::MessageToJsonString(message, &json, options).ok())
      << "a message of the API is not JSON";
  return json;
}

}  // namespace

std::string EnumText(const EnumValueDescriptor& value) {
  const std::string name(absl::StripPrefix(value.name(), PrefixOf(*value.type())));
  return name == "UNSPECIFIED" ? "" : absl::AsciiStrToLower(name);
}

std::string Value(const Message& message, const std::string& path) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(path, absl::MaxSplits('.', 1));
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(parts.first);
  CHECK(field != nullptr) << "no field " << path << " in " << message.GetTypeName();
  if (parts.second.empty()) return Joined(message, *field);
  if (!message.GetReflection()->HasField(message, field)) return "";
  return Value(message.GetReflection()->GetMessage(message, field), parts.second);
}

std::string Table(const std::vector<Column>& columns, const Message& message,
                  const std::string& items) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(items);
  CHECK(field != nullptr) << "no field " << items << " in " << message.GetTypeName();
  const Reflection& reflection = *message.GetReflection();
  const int count = reflection.FieldSize(message, field);
  if (count == 0) return "none\n";
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : columns) lines[0].push_back(column.title);
  for (int i = 0; i < count; ++i) {
    const Message& item = reflection.GetRepeatedMessage(message, field, i);
    std::vector<std::string>& line = lines.emplace_back();
    for (const Column& column : columns) line.push_back(Value(item, column.field));
  }
  std::vector<size_t> widths(columns.size());
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], Width(line[i]));
  }
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (size_t i = 0; i < line.size(); ++i) {
      absl::StrAppend(&text, line[i], std::string(widths[i] - Width(line[i]) + 2, ' '));
    }
    absl::StrAppend(&out, absl::StripTrailingAsciiWhitespace(text), "\n");
  }
  return out;
}

std::string Fields(const Message& message) {
  std::string out;
  AppendFields(message, "", out);
  return out;
}

std::string Json(const Message& message) { return ToJson(message, /*is_whole=*/true); }

std::string JsonLine(const Message& message) { return ToJson(message, /*is_whole=*/false); }

}  // namespace narada::cli
