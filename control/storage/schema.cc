#include "control/storage/schema.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace narada::control::storage {

std::vector<std::string> SplitStatements(absl::string_view sql) {
  std::string code;
  for (const absl::string_view line : absl::StrSplit(sql, '\n')) {
    absl::StrAppend(&code, line.substr(0, line.find("--")), "\n");
  }
  std::vector<std::string> statements;
  for (const absl::string_view statement : absl::StrSplit(code, ';')) {
    const absl::string_view trimmed = absl::StripAsciiWhitespace(statement);
    if (!trimmed.empty()) statements.emplace_back(trimmed);
  }
  return statements;
}

}  // namespace narada::control::storage
