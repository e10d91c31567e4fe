#include "base/slab_pool.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace narada {
namespace {

struct Counted {
  explicit Counted(int* alive) : alive_(alive) { ++*alive_; }
  ~Counted() { --*alive_; }
  int* alive_;
};

TEST(SlabPool, MakesAndEndsObjectsInPlace) {
  int alive = 0;
  SlabPool<Counted> pool(2);
  Counted* const first = pool.TryNew(&alive);
  Counted* const second = pool.TryNew(&alive);
  EXPECT_EQ(alive, 2);
  EXPECT_EQ(pool.in_use(), 2u);
  EXPECT_EQ(pool.TryNew(&alive), nullptr) << "all are in use";
  pool.Delete(first);
  EXPECT_EQ(alive, 1);
  EXPECT_EQ(pool.TryNew(&alive), first) << "the free one is used again";
  pool.Delete(first);
  pool.Delete(second);
  EXPECT_EQ(alive, 0);
}

TEST(SlabPool, GivesEachObjectItsOwnAlignedMemory) {
  struct alignas(64) Wide {
    char bytes[65];
  };
  SlabPool<Wide> pool(100);
  std::set<Wide*> seen;
  for (int i = 0; i < 100; ++i) {
    Wide* const object = pool.TryNew();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(object) % 64, 0u);
    EXPECT_TRUE(seen.insert(object).second);
  }
  for (Wide* object : seen) pool.Delete(object);
}

TEST(SlabPoolDeathTest, DiesWhenAnObjectOutlivesIt) {
  EXPECT_DEATH(
      {
        SlabPool<int> pool(1);
        pool.TryNew(7);
      },
      "an object outlives its pool");
}

}  // namespace
}  // namespace narada
