#include "base/check.h"

#include <gtest/gtest.h>

namespace narada {
namespace {

TEST(Check, PassesSilentlyWhereTheInvariantHolds) {
  CHECK(1 + 1 == 2) << "arithmetic";
  CHECK_EQ(2, 2);
  CHECK_NE(2, 3);
  CHECK_LT(2, 3);
  CHECK_LE(3, 3);
  CHECK_GT(3, 2);
  CHECK_GE(3, 3);
}

TEST(Check, EvaluatesTheMessageOnlyOnFailure) {
  int evaluations = 0;
  CHECK(true) << ++evaluations;
  EXPECT_EQ(evaluations, 0);
}

TEST(Check, BindsAsOneStatementWithinIfAndElse) {
  bool reached_else = false;
  if (false)
    CHECK(true) << "never";
  else
    reached_else = true;
  EXPECT_TRUE(reached_else);
}

TEST(CheckDeathTest, NamesPlaceConditionAndInvariant) {
  const int rooms = 0;
  EXPECT_DEATH(CHECK(rooms > 0) << "a worker has a room",
               "check_test.cc:.*check failed: rooms > 0 a worker has a room");
}

TEST(CheckDeathTest, PrintsBothValues) {
  EXPECT_DEATH(CHECK_EQ(2 + 2, 5) << "so they say", "4 against 5\\) so they say");
}

#ifndef NDEBUG
TEST(CheckDeathTest, DcheckDiesInDebugBuilds) { EXPECT_DEATH(DCHECK_LT(2, 1), "check failed"); }
#else
TEST(Check, DcheckIsNotEvaluatedInOptimisedBuilds) {
  int evaluations = 0;
  DCHECK(++evaluations > 100) << "not looked at";
  EXPECT_EQ(evaluations, 0);
}
#endif

}  // namespace
}  // namespace narada
