// A worker that gets its time late, as on a busy machine.
#include "mixer/engine/worker_loop.h"

#include "base/random.h"
#include "gtest/gtest.h"
#include "mixer/engine/worker_world.h"

namespace narada::mixer::engine {
namespace {

// A talker and a listener in one room, well under way.
struct Talk {
  Talk() {
    WorkerRoom& room = world.AddRoom();
    world.AddLeg(0, room, talker);
    world.AddLeg(0, room, listener);
    world.Run(Seconds(1));
    start = absl::Milliseconds(listener.heard_length().milliseconds());
  }
  // What is between the beginning of the trouble and now.
  absl::Duration LongestHole() const {
    const absl::Duration end = absl::Milliseconds(listener.heard_length().milliseconds());
    return listener.heard().LongestQuiet(-40, start, end);
  }
  WorkerFigures figures() { return world.worker(0).status().Read(); }

  WorkerWorld world;
  VirtualPhone& talker = world.AddPhone(440);
  VirtualPhone& listener = world.AddPhone(0);
  absl::Duration start;
};

TEST(WorkerLoop, StepsThatComeLateTearNoSound) {
  SeededRandom random(17);
  Talk talk;
  const MediaTime begin = talk.world.now();
  const uint64_t packets_before = talk.listener.packets_heard();
  for (int i = 0; i < 200; ++i) {
    talk.world.Stall(Microseconds(static_cast<int64_t>(random.Below(19'000))));
    for (uint64_t steps = random.Below(12); steps > 0; --steps) talk.world.Step();
  }
  const int64_t ticks = (talk.world.now() - begin) / Milliseconds(20);
  EXPECT_NEAR(static_cast<double>(talk.listener.packets_heard() - packets_before),
              static_cast<double>(ticks), 1);
  EXPECT_EQ(talk.listener.packets_missing(), 0);
  // The timeline has no hole: each packet's timestamp is 160 behind the one before.
  EXPECT_EQ(talk.listener.heard().LongestGap(
                talk.start, absl::Milliseconds(talk.listener.heard_length().milliseconds())),
            absl::ZeroDuration());
  EXPECT_EQ(talk.LongestHole(), absl::ZeroDuration());
  EXPECT_EQ(talk.figures().ticks_missed, 0u);
}

TEST(WorkerLoop, AStallOf90MillisecondsIsMadeUpForWhole) {
  Talk talk;
  const uint64_t packets_before = talk.listener.packets_heard();
  talk.world.Stall(Milliseconds(90));
  talk.world.Run(Milliseconds(10));
  EXPECT_EQ(talk.listener.packets_heard() - packets_before, 5u);
  talk.world.Run(Seconds(1));
  EXPECT_EQ(talk.LongestHole(), absl::ZeroDuration());
  EXPECT_EQ(talk.figures().ticks_missed, 0u);
  EXPECT_GT(talk.figures().ticks_late, 0u);
}

TEST(WorkerLoop, AfterALongStallTicksAreSkippedAndCountedAndTheTalkGoesOn) {
  Talk talk;
  const uint64_t packets_before = talk.listener.packets_heard();
  talk.world.Stall(Milliseconds(500));
  EXPECT_LE(talk.listener.packets_heard() - packets_before, 2u) << "no burst follows";
  EXPECT_NEAR(static_cast<double>(talk.figures().ticks_missed), 24, 1);
  talk.world.Run(Seconds(2));
  const absl::Duration end = absl::Milliseconds(talk.listener.heard_length().milliseconds());
  EXPECT_NEAR(talk.listener.heard().ToneLevelDbov(440, end - absl::Seconds(1), end), -20, 1);
}

}  // namespace
}  // namespace narada::mixer::engine
