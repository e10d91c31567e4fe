#include "base/log_level.h"

#include <gtest/gtest.h>

#include "base/log.h"

namespace narada {
namespace {

TEST(LogLevelName, IsWhatInitLogTakes) {
  for (const auto level : {config::v1::LOG_LEVEL_DEBUG, config::v1::LOG_LEVEL_INFO,
                           config::v1::LOG_LEVEL_WARNING, config::v1::LOG_LEVEL_ERROR}) {
    EXPECT_TRUE(InitLog({.program = "test", .level = LogLevelName(level)}).ok()) << level;
  }
  EXPECT_EQ(LogLevelName(config::v1::LOG_LEVEL_DEBUG), "debug");
  EXPECT_EQ(LogLevelName(config::v1::LOG_LEVEL_UNSPECIFIED), "info");
}

TEST(LogLevelName, ANumberThatIsNoLevelIsRefused) {
  const std::string name = LogLevelName(static_cast<config::v1::LogLevel>(99));
  EXPECT_FALSE(InitLog({.program = "test", .level = name}).ok());
}

}  // namespace
}  // namespace narada
