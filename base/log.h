// One line of log for operators, with fmt's format strings, checked at compile time:
//   LOG_INFO("leg {} joined room {}", leg_id, room_id);
//   InitLog({.program = "mixer", .level = "info"});   // once, in main
// Goes to stderr as `2026-01-31T12:00:00.000Z I mixer service.cc:42] text`. Any thread but a
// worker's: it formats, locks and writes. Never pass a PIN or a phone number (their types print
// masked).
#ifndef NARADA_BASE_LOG_H_
#define NARADA_BASE_LOG_H_

#include <fmt/format.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace narada {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

struct LogOptions {
  std::string program;         // Stands in each line.
  std::string level = "info";  // debug, info, warning, error, off.
};

// May be called again, for example to change the level. INVALID_ARGUMENT / LOG_LEVEL_UNKNOWN.
absl::Status InitLog(const LogOptions& options);

namespace log_internal {
bool IsEnabled(LogLevel level) noexcept;
void Write(LogLevel level, const char* file, int line, const std::string& message) noexcept;
}  // namespace log_internal
}  // namespace narada

#define NARADA_LOG(level, ...)                                                              \
  do {                                                                                      \
    if (::narada::log_internal::IsEnabled(level)) {                                         \
      ::narada::log_internal::Write(level, __FILE__, __LINE__, ::fmt::format(__VA_ARGS__)); \
    }                                                                                       \
  } while (false)

// <syslog.h> has constants of these names.
#undef LOG_DEBUG
#undef LOG_INFO
#undef LOG_WARNING
#undef LOG_ERROR
#define LOG_DEBUG(...) NARADA_LOG(::narada::LogLevel::kDebug, __VA_ARGS__)
#define LOG_INFO(...) NARADA_LOG(::narada::LogLevel::kInfo, __VA_ARGS__)
#define LOG_WARNING(...) NARADA_LOG(::narada::LogLevel::kWarning, __VA_ARGS__)
#define LOG_ERROR(...) NARADA_LOG(::narada::LogLevel::kError, __VA_ARGS__)

// Debian's Abseil has its own string_view type, which fmt does not know.
template <>
struct fmt::formatter<absl::string_view> : fmt::formatter<fmt::string_view> {
  template <typename Context>
  auto format(absl::string_view text, Context& context) const {
    return fmt::formatter<fmt::string_view>::format(fmt::string_view(text.data(), text.size()),
                                                    context);
  }
};

template <>
struct fmt::formatter<absl::Status> : fmt::formatter<std::string> {
  template <typename Context>
  auto format(const absl::Status& status, Context& context) const {
    return fmt::formatter<std::string>::format(
        status.ToString(absl::StatusToStringMode::kWithNoExtraData), context);
  }
};

#endif  // NARADA_BASE_LOG_H_
