#include "tests/phone/script.h"

#include <gtest/gtest.h>

namespace narada::phone {
namespace {

TEST(Script, StepsArePartedBySemicolonsAndLines) {
  const auto steps = ParseScript("wait-answer; listen 2\n# a remark\npress 12#;hangup");
  ASSERT_TRUE(steps.ok()) << steps.status();
  ASSERT_EQ(steps->size(), 4u);
  EXPECT_EQ(steps->at(2).command, "press");
  EXPECT_EQ(steps->at(2).arguments[0], "12#");
}

TEST(Script, UnknownCommandIsNamed) {
  const auto steps = ParseScript("wait-answer; dance");
  EXPECT_EQ(steps.status().message(), "step 2: there is no command \"dance\"");
}

TEST(Script, WrongArgumentsAreAnsweredWithTheUsage) {
  EXPECT_EQ(ParseScript("listen soon").status().message(),
            "step 1 (\"listen soon\"): write listen SECONDS");
  EXPECT_FALSE(ParseScript("press").ok());
  EXPECT_FALSE(ParseScript("hangup now").ok());
}

TEST(Script, RunsACallAndStopsAtTheFirstFailure) {
  PhoneLoop loop;
  auto callee = Phone::Create(loop, {.number = "2", .answers_at_once = true}).value();
  callee->media().SayTones({{600, -20}});
  auto caller = Phone::Create(loop, {}).value();
  ASSERT_TRUE(caller->Call(callee->uri()).ok());
  std::vector<ScriptMark> marks;
  const absl::Status result = RunScript(
      ParseScript("wait-answer; wait-sound; listen 1.2; expect-tone 600@-20; expect-tone 700@-20;"
                  "hangup")
          .value(),
      *caller, marks, [](const ScriptStep&) {});
  EXPECT_EQ(result.message().substr(0, 37), "step 5 (\"expect-tone 700@-20\"): 700 H");
  EXPECT_EQ(marks.size(), 5u);
  EXPECT_LT(marks[0].at_s, 0.5);  // The mark of the answer: about zero, whichever thread is first.
  EXPECT_GT(marks[4].at_s, 1.1);
}

}  // namespace
}  // namespace narada::phone
