#include "base/log_level.h"

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace narada {

std::string LogLevelName(absl::string_view enumerator) {
  if (!absl::ConsumePrefix(&enumerator, "LOG_LEVEL_")) return "";
  return enumerator == "UNSPECIFIED" ? "info" : absl::AsciiStrToLower(enumerator);
}

}  // namespace narada
