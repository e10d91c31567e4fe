#include "control/reports/csv.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace narada::control::reports {
namespace {

constexpr absl::string_view kBeginsFormula = "=+-@\t\r";

bool IsPlainNumber(absl::string_view text) {
  const absl::string_view digits = text.substr(1);
  return !digits.empty() && std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit) &&
         (text[0] == '+' || text[0] == '-');
}

bool LooksLikeFormula(absl::string_view text) {
  return !text.empty() && kBeginsFormula.find(text[0]) != absl::string_view::npos &&
         !IsPlainNumber(text);
}

std::string Field(const std::string& text) {
  std::string field = LooksLikeFormula(text) ? "'" + text : text;
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  return "\"" + absl::StrReplaceAll(field, {{"\"", "\"\""}}) + "\"";
}

}  // namespace

std::string CsvLine(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (&field != &fields.front()) line += ",";
    line += Field(field);
  }
  return line + "\r\n";
}

}  // namespace narada::control::reports
