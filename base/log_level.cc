#include "base/log_level.h"

namespace narada {

std::string LogLevelName(config::v1::LogLevel level) {
  switch (level) {
    case config::v1::LOG_LEVEL_UNSPECIFIED:
    case config::v1::LOG_LEVEL_INFO:
      return "info";
    case config::v1::LOG_LEVEL_DEBUG:
      return "debug";
    case config::v1::LOG_LEVEL_WARNING:
      return "warning";
    case config::v1::LOG_LEVEL_ERROR:
      return "error";
    default:
      return "";
  }
}

}  // namespace narada
