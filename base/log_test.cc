#include "base/log.h"

#include <gtest/gtest.h>

#include <string>

#include "base/status.h"

namespace narada {
namespace {

// What `log` writes to stderr.
template <typename Log>
std::string Logged(Log log) {
  testing::internal::CaptureStderr();
  log();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, WritesTimeLevelProgramAndPlace) {
  ASSERT_TRUE(InitLog({.program = "mixer"}).ok());
  const std::string line = Logged([] { LOG_INFO("leg {} joined room {}", 3, "12345"); });
  EXPECT_EQ(line.substr(10, 1), "T") << line;
  EXPECT_NE(line.find("Z I mixer log_test.cc:"), std::string::npos) << line;
  EXPECT_NE(line.find("] leg 3 joined room 12345\n"), std::string::npos) << line;
}

TEST(Log, LeavesOutWhatIsBelowTheLevelAndDoesNotFormatIt) {
  ASSERT_TRUE(InitLog({.program = "mixer", .level = "warning"}).ok());
  int evaluations = 0;
  const std::string lines = Logged([&] {
    LOG_INFO("{}", ++evaluations);
    LOG_WARNING("kept");
  });
  EXPECT_EQ(evaluations, 0);
  EXPECT_EQ(lines.find("] 1"), std::string::npos);
  EXPECT_NE(lines.find("] kept"), std::string::npos);
}

TEST(Log, WritesNothingWhenOff) {
  ASSERT_TRUE(InitLog({.program = "mixer", .level = "off"}).ok());
  EXPECT_EQ(Logged([] { LOG_ERROR("unheard"); }), "");
}

TEST(Log, KnowsAbseilsTypes) {
  ASSERT_TRUE(InitLog({.program = "mixer"}).ok());
  const std::string lines = Logged([] {
    LOG_INFO("{}|{}", absl::string_view("text"),
             ErrorWithReason(absl::StatusCode::kNotFound, "ROOM_UNKNOWN", "no room 7"));
  });
  EXPECT_NE(lines.find("text|NOT_FOUND: no room 7"), std::string::npos) << lines;
}

TEST(Log, RefusesAnUnknownLevelAndSaysWhichThereAre) {
  const absl::Status status = InitLog({.program = "mixer", .level = "loud"});
  EXPECT_EQ(ReasonOf(status), "LOG_LEVEL_UNKNOWN");
  EXPECT_EQ(status.message(),
            "log level 'loud' is unknown: use debug, info, warning, error or off");
}

}  // namespace
}  // namespace narada
