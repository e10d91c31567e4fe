// A leg that hears and says nothing takes memory: all of the mixer's heap, by the calls that gRPC makes, and
// all that is remembered of them. What the kernel keeps for its sockets is beside it.
#include <cstdio>

#include "gtest/gtest.h"
#include "mixer/room/leg_checkpoint.h"
#include "mixer/service/idle_world.h"

namespace narada::mixer::service {
namespace {

constexpr int kLegs = static_cast<int>(IdleWorld::kLegsMax);
// The leg itself takes 14.1 KiB (leg_memory_benchmark), its SDP dialogue and what the API shows of it 2.7,
// statistics, events and answers 2.2.
constexpr double kBytesPerLegMax = 22 * 1024;

TEST(IdleLegs, OfG711TakeTwentyTwoKibibytesWithAllThatIsKnownOfThem) {
  IdleWorld world(/*events_max=*/65536);
  world.CreateRoom("hall");
  world.AddLeg("hall", 0);  // What the first one finds and leaves for all.
  world.MeasureLegs();
  const double before = BytesInUse();
  for (int i = 1; i < kLegs; ++i) world.AddLeg("hall", i);
  world.MeasureLegs();
  const double heap = (BytesInUse() - before) / (kLegs - 1);
  // Its place in the state that outlives a kill, which is twice what it holds, is no heap.
  const double checkpoint = 2.0 * sizeof(room::LegCheckpoint);
  std::printf("an idle leg of G.711: %.0f bytes of heap, %.0f for a restart\n", heap, checkpoint);
  EXPECT_LE(heap + checkpoint, kBytesPerLegMax);
}

}  // namespace
}  // namespace narada::mixer::service
