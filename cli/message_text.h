// Messages of the API as people read them: a table of many, a list of the fields of one.
//   Table({{"ROOM", "room_number"}, {"UNTIL", "expire_time"}}, response, "reservations")
//   Fields(reservation)
// Times are UTC, enum values go without their prefix. What callers and trunks chose (names) cannot
// move a terminal's cursor: control characters become '?'.

#ifndef NARADA_CLI_MESSAGE_TEXT_H_
#define NARADA_CLI_MESSAGE_TEXT_H_

#include <google/protobuf/message.h>

#include <string>
#include <vector>

namespace narada::cli {

struct Column {
  const char* title;
  const char* field;  // A path: "quality.mos".
};

// The repeated field `items` of `message`, a line each below a line of titles; "none" if it is empty.
std::string Table(const std::vector<Column>& columns, const google::protobuf::Message& message,
                  const std::string& items);

// A line for each field that is set, "name: value"; nested messages are indented.
std::string Fields(const google::protobuf::Message& message);

// One value, such as "2026-11-22 18:41:05Z", "joined", "yes"; empty if it is unset.
std::string Value(const google::protobuf::Message& message, const std::string& path);

// Indented JSON with the fields' names as in the .proto, unset ones included.
std::string Json(const google::protobuf::Message& message);
// The same on one line, without unset ones.
std::string JsonLine(const google::protobuf::Message& message);

// "joined" for PARTICIPANT_STATE_JOINED.
std::string EnumText(const google::protobuf::EnumValueDescriptor& value);

}  // namespace narada::cli

#endif  // NARADA_CLI_MESSAGE_TEXT_H_
