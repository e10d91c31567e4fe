#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace narada {
namespace {

enum class Reason { kTooShort, kTooLong };

Result<int, Reason> Parse(int size) {
  if (size < 10) return Reason::kTooShort;
  return size;
}

TEST(Result, HoldsAValue) {
  const Result<int, Reason> result = Parse(12);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result, 12);
  EXPECT_TRUE(result);
}

TEST(Result, HoldsAReason) {
  const Result<int, Reason> result = Parse(2);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error(), Reason::kTooShort);
}

TEST(Result, MovesAValueThatCannotBeCopied) {
  Result<std::unique_ptr<int>, Reason> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, ReachesMembersByArrow) {
  Result<std::string, Reason> result(std::string("narada"));
  EXPECT_EQ(result->size(), 6u);
}

TEST(ResultDeathTest, DiesWhenTheValueOfAFailureIsRead) {
  EXPECT_DEATH((void)Parse(2).value(), "a failed Result has no value");
}

TEST(ResultDeathTest, DiesWhenTheErrorOfASuccessIsRead) {
  EXPECT_DEATH((void)Parse(12).error(), "a successful Result has no error");
}

}  // namespace
}  // namespace narada
