#include "base/log_level.h"

#include <gtest/gtest.h>

#include "base/log.h"

namespace narada {
namespace {

TEST(LogLevelName, IsWhatInitLogTakes) {
  for (const char* const level :
       {"LOG_LEVEL_DEBUG", "LOG_LEVEL_INFO", "LOG_LEVEL_WARNING", "LOG_LEVEL_ERROR"}) {
    EXPECT_TRUE(InitLog({.program = "test", .level = LogLevelName(level)}).ok()) << level;
  }
  EXPECT_EQ(LogLevelName("LOG_LEVEL_DEBUG"), "debug");
  EXPECT_EQ(LogLevelName("LOG_LEVEL_UNSPECIFIED"), "info");
}

TEST(LogLevelName, ANumberThatIsNoLevelIsRefused) {
  EXPECT_FALSE(InitLog({.program = "test", .level = LogLevelName("")}).ok());
}

}  // namespace
}  // namespace narada
