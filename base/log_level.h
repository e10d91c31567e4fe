// The log level of a configuration file, by the name that InitLog() takes.
#ifndef NARADA_BASE_LOG_LEVEL_H_
#define NARADA_BASE_LOG_LEVEL_H_

#include <string>

#include "narada/config/v1/common.pb.h"

namespace narada {

// "info" where it is unset; empty for a number that is no level, which InitLog() refuses.
std::string LogLevelName(config::v1::LogLevel level);

}  // namespace narada

#endif  // NARADA_BASE_LOG_LEVEL_H_
