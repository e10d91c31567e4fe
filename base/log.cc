#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cstring>
#include <exception>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada {
namespace {

std::atomic<LogLevel> minimum_level{LogLevel::kInfo};

// The process's one logger. Leaked, so that a thread that logs while the process ends is safe.
spdlog::logger& Logger() {
  static spdlog::logger* const logger = [] {
    auto* made = new spdlog::logger("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::trace);  // IsEnabled() decides.
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %L %s:%#] %v", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      break;
  }
  return spdlog::level::off;
}

}  // namespace

absl::Status InitLog(const LogOptions& options) {
  constexpr struct {
    const char* name;
    LogLevel level;
  } kLevels[] = {{"debug", LogLevel::kDebug},
                 {"info", LogLevel::kInfo},
                 {"warning", LogLevel::kWarning},
                 {"error", LogLevel::kError},
                 {"off", LogLevel::kOff}};
  for (const auto& known : kLevels) {
    if (options.level != known.name) continue;
    minimum_level.store(known.level, std::memory_order_relaxed);
    try {
      Logger().set_pattern(absl::StrCat("%Y-%m-%dT%H:%M:%S.%eZ %L ", options.program, " %s:%#] %v"),
                           spdlog::pattern_time_type::utc);
    } catch (const std::exception& error) {
      return ErrorWithReason(absl::StatusCode::kInternal, "LOG_FAILED", error.what());
    }
    return absl::OkStatus();
  }
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "LOG_LEVEL_UNKNOWN",
                         absl::StrCat("log level '", options.level,
                                      "' is unknown: use debug, info, warning, error or off"));
}

namespace log_internal {

bool IsEnabled(LogLevel level) noexcept {
  return level >= minimum_level.load(std::memory_order_relaxed);
}

void Write(LogLevel level, const char* file, int line, const std::string& message) noexcept {
  try {
    Logger().log(spdlog::source_loc{file, line, ""}, SpdlogLevel(level),
                 spdlog::string_view_t(message.data(), message.size()));
  } catch (...) {
    // A line of log that cannot be written is lost; the call that logged it goes on.
  }
}

}  // namespace log_internal
}  // namespace narada
