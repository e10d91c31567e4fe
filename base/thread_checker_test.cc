#include "base/thread_checker.h"

#include <gtest/gtest.h>

#include <thread>

namespace narada {
namespace {

bool CalledOnOwnerElsewhere(const ThreadChecker& checker) {
  bool result = false;
  std::thread([&] { result = checker.CalledOnOwner(); }).join();
  return result;
}

TEST(ThreadChecker, BelongsToTheFirstThreadThatIsChecked) {
  const ThreadChecker checker;
  EXPECT_TRUE(checker.CalledOnOwner());
  EXPECT_TRUE(checker.CalledOnOwner());
  EXPECT_FALSE(CalledOnOwnerElsewhere(checker));
}

TEST(ThreadChecker, CanBeHandedOver) {
  ThreadChecker checker;
  EXPECT_TRUE(checker.CalledOnOwner());
  checker.Detach();
  EXPECT_TRUE(CalledOnOwnerElsewhere(checker));
}

}  // namespace
}  // namespace narada
