// The log level of a configuration file, by the name that InitLog() takes.
//   options.level = LogLevelName(config::v1::LogLevel_Name(monitoring.log_level()));
#ifndef NARADA_BASE_LOG_LEVEL_H_
#define NARADA_BASE_LOG_LEVEL_H_

#include <string>

#include "absl/strings/string_view.h"

namespace narada {

// "debug" of LOG_LEVEL_DEBUG and so on, "info" where it is unset; empty for what is no level, which
// InitLog() refuses. (base knows no protobufs: all that it needs of this one is its names.)
std::string LogLevelName(absl::string_view enumerator);

}  // namespace narada

#endif  // NARADA_BASE_LOG_LEVEL_H_
