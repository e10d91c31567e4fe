#include "sip/digits.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace narada::sip {
namespace {

absl::string_view TypeOf(absl::string_view content_type) {
  return absl::StripAsciiWhitespace(content_type.substr(0, content_type.find(';')));
}

// A key by its sign, or by its RFC 4733 event number where that has two digits.
absl::optional<char> KeyOf(absl::string_view text) {
  constexpr absl::string_view kKeys = "0123456789*#ABCD";
  text = absl::StripAsciiWhitespace(text);
  if (text.size() == 1) {
    const char key = absl::ascii_toupper(static_cast<unsigned char>(text[0]));
    if (absl::StrContains(kKeys, absl::string_view(&key, 1))) return key;
  }
  int event = 0;
  if (text.size() == 2 && absl::SimpleAtoi(text, &event) && event >= 10 && event <= 15) {
    return kKeys[static_cast<size_t>(event)];
  }
  return absl::nullopt;
}

}  // namespace

bool IsDigitInfo(absl::string_view content_type) {
  const absl::string_view type = TypeOf(content_type);
  return absl::EqualsIgnoreCase(type, "application/dtmf-relay") ||
         absl::EqualsIgnoreCase(type, "application/dtmf");
}

absl::optional<char> DigitFromInfo(absl::string_view content_type, absl::string_view body) {
  if (absl::EqualsIgnoreCase(TypeOf(content_type), "application/dtmf")) return KeyOf(body);
  if (!IsDigitInfo(content_type)) return absl::nullopt;
  for (absl::string_view line : absl::StrSplit(body, absl::ByAnyChar("\r\n"))) {
    const size_t equals = line.find('=');
    if (equals == absl::string_view::npos) continue;
    if (absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(line.substr(0, equals)), "Signal")) {
      return KeyOf(line.substr(equals + 1));
    }
  }
  return absl::nullopt;
}

}  // namespace narada::sip
