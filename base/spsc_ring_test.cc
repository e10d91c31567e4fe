#include "base/spsc_ring.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <thread>

namespace narada {
namespace {

TEST(SpscRing, HandsOverInOrder) {
  SpscRing<int> ring(4);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ring.TryPush(i));
  int value = -1;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(ring.TryPop(&value));
    EXPECT_EQ(value, i);
  }
  EXPECT_FALSE(ring.TryPop(&value));
  EXPECT_EQ(value, 2) << "an empty ring leaves the value alone";
}

TEST(SpscRing, RoundsItsCapacityUpToAPowerOfTwo) {
  EXPECT_EQ(SpscRing<int>(1).capacity(), 1u);
  EXPECT_EQ(SpscRing<int>(5).capacity(), 8u);
  EXPECT_EQ(SpscRing<int>(8).capacity(), 8u);
}

TEST(SpscRing, LeavesTheElementWithTheCallerWhenFull) {
  SpscRing<std::unique_ptr<int>> ring(2);
  ASSERT_TRUE(ring.TryPush(std::make_unique<int>(1)));
  ASSERT_TRUE(ring.TryPush(std::make_unique<int>(2)));
  auto third = std::make_unique<int>(3);
  EXPECT_FALSE(ring.TryPush(std::move(third)));
  ASSERT_NE(third, nullptr);
  EXPECT_EQ(*third, 3);
  std::unique_ptr<int> first;
  ASSERT_TRUE(ring.TryPop(&first));
  EXPECT_TRUE(ring.TryPush(std::move(third)));
  EXPECT_EQ(third, nullptr);
}

TEST(SpscRing, TellsHowMuchFits) {
  SpscRing<int> ring(4);
  EXPECT_EQ(ring.FreeForProducer(), 4u);
  ASSERT_TRUE(ring.TryPush(1));
  EXPECT_EQ(ring.FreeForProducer(), 3u);
  EXPECT_EQ(ring.ApproximateSize(), 1u);
  int value;
  ASSERT_TRUE(ring.TryPop(&value));
  EXPECT_EQ(ring.FreeForProducer(), 4u);
}

TEST(SpscRing, DestroysWhatIsLeftInside) {
  const auto shared = std::make_shared<int>(1);
  {
    SpscRing<std::shared_ptr<int>> ring(4);
    ASSERT_TRUE(ring.TryPush(std::shared_ptr<int>(shared)));
    EXPECT_EQ(shared.use_count(), 2);
  }
  EXPECT_EQ(shared.use_count(), 1);
}

// Small, so that both ends meet the full and the empty ring all the time; run under TSan as well.
TEST(SpscRing, LosesNothingBetweenTwoThreads) {
  constexpr uint64_t kCount = 300'000;
  SpscRing<std::unique_ptr<uint64_t>> ring(8);
  std::thread producer([&ring] {
    for (uint64_t i = 0; i < kCount; ++i) {
      auto value = std::make_unique<uint64_t>(i);
      while (!ring.TryPush(std::move(value))) std::this_thread::yield();
    }
  });
  uint64_t mismatches = 0;
  for (uint64_t i = 0; i < kCount; ++i) {
    std::unique_ptr<uint64_t> value;
    while (!ring.TryPop(&value)) std::this_thread::yield();
    if (*value != i) ++mismatches;
  }
  producer.join();
  EXPECT_EQ(mismatches, 0u);
  EXPECT_EQ(ring.ApproximateSize(), 0u);
}

// A structure that is written on one side must be whole on the other.
TEST(SpscRing, PublishesWholeElements) {
  struct Block {
    uint64_t words[16] = {};
  };
  constexpr uint64_t kCount = 100'000;
  SpscRing<Block> ring(4);
  std::thread producer([&ring] {
    for (uint64_t i = 1; i <= kCount; ++i) {
      Block block;
      for (uint64_t& word : block.words) word = i;
      while (!ring.TryPush(block)) std::this_thread::yield();
    }
  });
  uint64_t torn = 0;
  for (uint64_t i = 1; i <= kCount; ++i) {
    Block block;
    while (!ring.TryPop(&block)) std::this_thread::yield();
    for (const uint64_t word : block.words) torn += word != i;
  }
  producer.join();
  EXPECT_EQ(torn, 0u);
}

}  // namespace
}  // namespace narada
