#include "cli/message_options.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "cli/message_text.h"

namespace narada::cli {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::vector<std::string> ChoicesOf(const EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    std::string name = EnumText(*type.value(i));
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

const EnumValueDescriptor* FindChoice(const EnumDescriptor& type, const std::string& name) {
  for (int i = 0; i < type.value_count(); ++i) {
    if (!name.empty() && EnumText(*type.value(i)) == name) return type.value(i);
  }
  return nullptr;
}

bool SetTime(Message& message, const std::string& text) {
  if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(&message)) {
    absl::Time value;
    std::string ignored;
    // A day alone is its beginning.
    if (!absl::ParseTime(absl::RFC3339_full, text, &value, &ignored) &&
        !absl::ParseTime("%Y-%m-%d", text, absl::UTCTimeZone(), &value, &ignored)) {
      return false;
    }
    time->set_seconds(absl::ToUnixSeconds(value));
    time->set_nanos(
        static_cast<int>(absl::ToInt64Nanoseconds(value - absl::FromUnixSeconds(time->seconds()))));
    return true;
  }
  if (auto* duration = dynamic_cast<google::protobuf::Duration*>(&message)) {
    absl::Duration value;
    if (!absl::ParseDuration(text, &value)) return false;
    duration->set_seconds(absl::ToInt64Seconds(value));
    duration->set_nanos(
        static_cast<int>(absl::ToInt64Nanoseconds(value - absl::Seconds(duration->seconds()))));
    return true;
  }
  return false;
}

// Sets the field, or adds to it, from what was typed. False if it is no such value.
bool Assign(Message& message, const FieldDescriptor& field, const std::string& text) {
  const Reflection& reflection = *message.GetReflection();
  const auto put = [&](auto set, auto add, auto value) {
    if (field.is_repeated()) {
      (reflection.*add)(&message, &field, std::move(value));
    } else {
      (reflection.*set)(&message, &field, std::move(value));
    }
    return true;
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return put(&Reflection::SetString, &Reflection::AddString, text);
    case FieldDescriptor::CPPTYPE_BOOL: {
      const bool is_true = text == "true" || text == "yes" || text == "on";
      if (!is_true && text != "false" && text != "no" && text != "off") return false;
      return put(&Reflection::SetBool, &Reflection::AddBool, is_true);
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      uint32_t value = 0;
      return absl::SimpleAtoi(text, &value) &&
             put(&Reflection::SetUInt32, &Reflection::AddUInt32, value);
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      uint64_t value = 0;
      return absl::SimpleAtoi(text, &value) &&
             put(&Reflection::SetUInt64, &Reflection::AddUInt64, value);
    }
    case FieldDescriptor::CPPTYPE_FLOAT: {
      float value = 0;
      return absl::SimpleAtof(text, &value) &&
             put(&Reflection::SetFloat, &Reflection::AddFloat, value);
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumValueDescriptor* value = FindChoice(*field.enum_type(), text);
      return value != nullptr && put(&Reflection::SetEnum, &Reflection::AddEnum, value);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      if (!field.is_map()) return SetTime(*reflection.MutableMessage(&message, &field), text);
      const std::pair<std::string, std::string> entry =
          absl::StrSplit(text, absl::MaxSplits('=', 1));
      if (entry.first.empty() || entry.second.empty()) return false;
      Message& added = *reflection.AddMessage(&message, &field);
      return Assign(added, *field.message_type()->map_key(), entry.first) &&
             Assign(added, *field.message_type()->map_value(), entry.second);
    }
    default:
      return false;
  }
}

std::string TypeName(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true|false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrJoin(ChoicesOf(*field.enum_type()), "|");
    case FieldDescriptor::CPPTYPE_STRING:
      return "TEXT";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.is_map()) return "KEY=VALUE";
      return field.message_type()->name() == "Duration" ? "DURATION" : "TIME";
    default:
      return "NUMBER";
  }
}

bool IsNested(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field.is_map() &&
         field.message_type()->file()->package() != "google.protobuf";
}

void AddOptions(CLI::App& command, const std::function<Message&()>& message,
                const google::protobuf::Descriptor& type, const std::string& path,
                const MessageOptionsChoice& choice) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (choice.without.contains(field->name())) continue;
    const std::string field_path = absl::StrCat(path, field->name());
    if (IsNested(*field)) {
      if (field->is_repeated()) continue;  // Has a command of its own where anybody needs it.
      // Made only where one of its fields is given: an empty message can mean something.
      AddOptions(
          command,
          [message, field]() -> Message& {
            Message& parent = message();
            return *parent.GetReflection()->MutableMessage(&parent, field);
          },
          *field->message_type(), field_path + ".", choice);
      continue;
    }
    const auto assign = [message, field, field_path,
                         mask = choice.mask](const std::vector<std::string>& values) {
      if (mask != nullptr) mask->add_paths(field_path);
      for (const std::string& value : values) {
        if (Assign(message(), *field, value)) continue;
        throw CLI::ValidationError(
            absl::StrCat("--", absl::StrReplaceAll(field->name(), {{"_", "-"}})),
            absl::StrCat("\"", value, "\" is not ", TypeName(*field)));
      }
    };
    CLI::Option* option = command.add_option_function<std::vector<std::string>>(
        absl::StrCat("--", absl::StrReplaceAll(field->name(), {{"_", "-"}})), assign);
    option->type_name(TypeName(*field));
    if (field->is_repeated()) {
      option->expected(1, 1000);
    } else {
      option->expected(1);
    }
  }
}

}  // namespace

void AddMessageOptions(CLI::App& command, Message& message, const MessageOptionsChoice& choice) {
  AddOptions(
      command, [&message]() -> Message& { return message; }, *message.GetDescriptor(), "", choice);
}

}  // namespace narada::cli
