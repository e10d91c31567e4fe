#include "base/media_path_scope.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <string.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/spsc_ring.h"

namespace narada {
namespace {

// Hides a value from the optimiser, which may otherwise remove an allocation in pairs.
template <typename T>
void Use(T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

void AllocateWithNew() {
  int* memory = new int(7);
  Use(memory);
  delete memory;
}

TEST(MediaPathScope, KnowsThatTheHookIsLinked) { EXPECT_TRUE(MediaPathScope::IsEnforced()); }

TEST(MediaPathScope, LetsComputingAndLockFreeQueuesPass) {
  SpscRing<int> ring(4);
  std::vector<int> values(16);
  int popped = 0;
  {
    MediaPathScope scope;
    EXPECT_TRUE(MediaPathScope::IsActive());
    for (int& value : values) value = 3;
    ring.TryPush(1);
    ring.TryPop(&popped);
  }
  EXPECT_FALSE(MediaPathScope::IsActive());
  EXPECT_EQ(popped, 1);
}

TEST(MediaPathScope, LetsFreeingNothingPass) {
  MediaPathScope scope;
  free(nullptr);
  int* none = nullptr;
  Use(none);
  delete none;
}

TEST(MediaPathScope, ConcernsItsOwnThreadAlone) {
  std::thread other;
  bool was_active = true;
  // The thread is made before the scope; what it allocates then is its own affair.
  SpscRing<int> ring(1);
  other = std::thread([&] {
    int go;
    while (!ring.TryPop(&go)) std::this_thread::yield();
    was_active = MediaPathScope::IsActive();
    AllocateWithNew();
  });
  {
    MediaPathScope scope;
    ring.TryPush(1);
    while (ring.ApproximateSize() > 0) std::this_thread::yield();
  }
  other.join();
  EXPECT_FALSE(was_active);
}

TEST(MediaPathScope, IsSuspendedByAnExemption) {
  MediaPathScope scope;
  {
    MediaPathExemption exemption;
    EXPECT_FALSE(MediaPathScope::IsActive());
    AllocateWithNew();
  }
  EXPECT_TRUE(MediaPathScope::IsActive());
}

void AllocateInNestedScopes() {
  MediaPathScope outer;
  { MediaPathScope inner; }
  AllocateWithNew();
}

TEST(MediaPathScopeDeathTest, AbortsOnNew) {
  EXPECT_DEATH(
      {
        MediaPathScope scope;
        AllocateWithNew();
      },
      "media path: malloc was called inside a MediaPathScope");
}

TEST(MediaPathScopeDeathTest, AbortsOnDelete) {
  int* memory = new int(7);
  EXPECT_DEATH(
      {
        MediaPathScope scope;
        delete memory;
      },
      "media path: free was called");
  delete memory;
}

TEST(MediaPathScopeDeathTest, AbortsInsideTheOuterOfTwoScopes) {
  EXPECT_DEATH(AllocateInNestedScopes(), "media path: malloc was called");
}

TEST(MediaPathScopeDeathTest, AbortsOnTheCFamily) {
  EXPECT_DEATH(
      {
        MediaPathScope scope;
        void* memory = malloc(32);
        Use(memory);
      },
      "media path: malloc");
  EXPECT_DEATH(
      {
        MediaPathScope scope;
        void* memory = calloc(2, 32);
        Use(memory);
      },
      "media path: (calloc|malloc)");
  EXPECT_DEATH(
      {
        void* memory = malloc(8);
        MediaPathScope scope;
        memory = realloc(memory, 4096);
        Use(memory);
      },
      "media path: (realloc|malloc|free)");
}

// gcc 12's TSan does not tell its hooks about aligned memory.
#ifndef __SANITIZE_THREAD__
TEST(MediaPathScopeDeathTest, AbortsOnAlignedMemory) {
  EXPECT_DEATH(
      {
        MediaPathScope scope;
        void* memory = aligned_alloc(64, 128);
        Use(memory);
      },
      "media path: (aligned_alloc|malloc)");
  EXPECT_DEATH(
      {
        MediaPathScope scope;
        void* memory = nullptr;
        if (posix_memalign(&memory, 64, 128) == 0) Use(memory);
      },
      "media path: (posix_memalign|malloc)");
}
#endif

// Inside a shared library, not in this program's own code.
TEST(MediaPathScopeDeathTest, AbortsWhenALibraryAllocates) {
  EXPECT_DEATH(
      {
        MediaPathScope scope;
        char* copy = strdup("narada");
        Use(copy);
      },
      "media path: malloc");
}

TEST(MediaPathScopeDeathTest, PrintsAStackTrace) {
  EXPECT_DEATH(
      {
        MediaPathScope scope;
        std::string text(1000, 'x');
        Use(text);
      },
      "MediaPathScope\n.*media_path_scope_test");
}

TEST(MediaPathScopeDeathTest, DoesNotHideAFailedCheck) {
  EXPECT_DEATH(
      {
        MediaPathScope scope;
        CHECK(false) << "the first cause";
      },
      "the first cause");
}

TEST(MediaPathHook, StillGivesUsableMemory) {
  void* memory = nullptr;
  ASSERT_EQ(posix_memalign(&memory, 256, 1000), 0);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % 256, 0u);
  memset(memory, 1, 1000);
  free(memory);
  char* grown = static_cast<char*>(malloc(4));
  memcpy(grown, "abc", 4);
  grown = static_cast<char*>(realloc(grown, 100'000));
  EXPECT_STREQ(grown, "abc");
  free(grown);
}

}  // namespace
}  // namespace narada
