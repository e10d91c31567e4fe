#include "control/calls/executor.h"

#include <atomic>
#include <latch>
#include <memory>
#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace narada::control::calls {
namespace {

TEST(ThreadExecutor, RunsWhatIsPosted) {
  ThreadExecutor executor(3);
  std::latch finished(1000);
  for (int i = 0; i < 1000; ++i) executor.Post([&] { finished.count_down(); });
  finished.wait();
}

TEST(ThreadExecutor, TimersFireInTheirOrderAndNotEarly) {
  ThreadExecutor executor(1);
  std::latch finished(1);
  std::vector<int> fired;
  const absl::Time start = absl::Now();
  executor.PostAfter(absl::Milliseconds(60), [&] {
    fired.push_back(2);
    finished.count_down();
  });
  executor.PostAfter(absl::Milliseconds(20), [&] { fired.push_back(1); });
  finished.wait();
  EXPECT_EQ(fired, (std::vector<int>{1, 2}));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(59));
}

TEST(ThreadExecutor, TimersOfYearsDoNotOverflow) {
  ThreadExecutor executor(1);
  executor.PostAfter(absl::InfiniteDuration(), [] { FAIL(); });
  executor.PostAfter(-absl::InfiniteDuration(), [] {});
  std::latch finished(1);
  executor.Post([&] { finished.count_down(); });
  finished.wait();
}

TEST(ThreadExecutor, StopDropsWhatWaitsAndWhatComesLater) {
  auto held = std::make_shared<int>(7);
  ThreadExecutor executor(2);
  executor.PostAfter(absl::Hours(1), [held] {});
  executor.Stop();
  executor.Post([held] { FAIL(); });
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Strand, RunsItsOwnInOrderAndNeverTwoAtOnce) {
  ThreadExecutor executor(4);
  const Strand strand(executor);
  constexpr int kCount = 2000;
  std::vector<int> order;  // Unguarded on purpose: the strand is the guard.
  std::atomic<int> inside{0};
  std::latch finished(1);
  for (int i = 0; i < kCount; ++i) {
    strand.Post([&, i] {
      EXPECT_EQ(inside.fetch_add(1), 0);
      order.push_back(i);
      inside.fetch_sub(1);
      if (i == kCount - 1) finished.count_down();
    });
  }
  finished.wait();
  ASSERT_EQ(order.size(), static_cast<size_t>(kCount));
  for (int i = 0; i < kCount; ++i) EXPECT_EQ(order[i], i);
}

TEST(Strand, TwoStrandsRunBesideEachOther) {
  ThreadExecutor executor(2);
  const Strand a(executor), b(executor);
  // Each waits for the other: on one thread, or one strand, this would never end.
  std::latch meeting(2);
  std::latch finished(2);
  for (const Strand* strand : {&a, &b}) {
    strand->Post([&finished, &meeting] {
      meeting.arrive_and_wait();
      finished.count_down();
    });
  }
  finished.wait();
}

TEST(Strand, MayBeDestroyedWhileItsClosuresWait) {
  ThreadExecutor executor(1);
  std::latch finished(3);
  {
    const Strand strand(executor);
    for (int i = 0; i < 3; ++i) strand.Post([&] { finished.count_down(); });
  }
  finished.wait();
}

}  // namespace
}  // namespace narada::control::calls
