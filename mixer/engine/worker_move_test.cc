// A leg moves between rooms, on one worker and across two, while everybody talks.
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mixer/engine/worker.h"
#include "mixer/engine/worker_world.h"

namespace narada::mixer::engine {
namespace {

double ToneHeard(const VirtualPhone& phone, double hz, MediaDuration last) {
  const absl::Duration end = absl::Milliseconds(phone.heard_length().milliseconds());
  return phone.heard().ToneLevelDbov(hz, end - absl::Milliseconds(last.milliseconds()), end);
}

class WorkerMove : public ::testing::TestWithParam<int> {
 protected:
  // Where the second room lives.
  int other() const { return GetParam(); }
};

TEST_P(WorkerMove, AMovedLegHearsTheOtherRoomAndIsHeardThere) {
  WorkerWorld world({.workers = 2});
  WorkerRoom& first = world.AddRoom();
  WorkerRoom& second = world.AddRoom();
  VirtualPhone& mover = world.AddPhone(440);
  VirtualPhone& stayer = world.AddPhone(700);
  VirtualPhone& host = world.AddPhone(1100);
  WorkerLeg& leg = world.AddLeg(0, first, mover);
  world.AddLeg(0, first, stayer);
  world.AddLeg(other(), second, host);
  world.Run(Seconds(2));
  EXPECT_NEAR(ToneHeard(mover, 700, Seconds(1)), -20, 1);

  MoveLegCommand move(leg, second, other());
  EXPECT_LE(world.Perform(0, move), Milliseconds(60));
  world.Run(Seconds(2));
  EXPECT_NEAR(ToneHeard(mover, 1100, Seconds(1)), -20, 1);
  EXPECT_LT(ToneHeard(mover, 700, Seconds(1)), -65);
  EXPECT_NEAR(ToneHeard(host, 440, Seconds(1)), -20, 1);
  EXPECT_LT(ToneHeard(stayer, 440, Seconds(1)), -65);
}

TEST_P(WorkerMove, APhoneHearsNoGapAndItsTimelineGoesOn) {
  for (int delay_steps = 0; delay_steps < 8; ++delay_steps) {
    WorkerWorld world({.workers = 2});
    WorkerRoom& first = world.AddRoom();
    WorkerRoom& second = world.AddRoom();
    VirtualPhone& mover = world.AddPhone(0);
    WorkerLeg& leg = world.AddLeg(0, first, mover);
    // A room of another phase, that hums the same tone as the first: what the mover hears is one
    // tone with, at the worst, a jump of its phase.
    for (int i = 0; i <= delay_steps; ++i) {
      world.AddLeg(0, first, world.AddPhone(800));
      world.Step();
    }
    world.AddLeg(other(), second, world.AddPhone(800));
    world.Run(Seconds(1) + delay_steps * Microseconds(2500));
    const MediaDuration before = mover.heard_length();
    MoveLegCommand move(leg, second, other());
    world.Perform(0, move);
    world.Run(Seconds(1));
    EXPECT_EQ(mover.packets_missing(), 0);
    EXPECT_GE(mover.shortest_gap(), Milliseconds(10));
    EXPECT_LE(mover.longest_gap(), Milliseconds(30));
    const absl::Duration moved = absl::Milliseconds(before.milliseconds());
    EXPECT_EQ(mover.heard().LongestGap(moved, moved + absl::Milliseconds(500)),
              absl::ZeroDuration());
  }
}

TEST_P(WorkerMove, NoPacketOfTheMovedLegIsLost) {
  WorkerWorld world({.workers = 2});
  WorkerRoom& first = world.AddRoom();
  WorkerRoom& second = world.AddRoom();
  VirtualPhone& mover = world.AddPhone(440);
  WorkerLeg& leg = world.AddLeg(0, first, mover);
  world.AddLeg(0, first, world.AddPhone(0));
  world.AddLeg(other(), second, world.AddPhone(0));
  world.Run(Seconds(1));
  for (int i = 0; i < 10; ++i) {
    MoveLegCommand there(leg, second, other());
    world.Perform(0, there);
    world.Run(Milliseconds(100));
    MoveLegCommand back(leg, first, 0);
    world.Perform(other(), back);
    world.Run(Milliseconds(100));
  }
  world.Run(Milliseconds(100));
  EXPECT_EQ(leg.statistics().packets_lost, 0);
  EXPECT_EQ(mover.packets_missing(), 0);
  EXPECT_LE(mover.longest_gap(), Milliseconds(30));
}

TEST_P(WorkerMove, KeysBeforeAndBehindTheMoveAreToldInOrder) {
  WorkerWorld world({.workers = 2});
  WorkerRoom& first = world.AddRoom();
  WorkerRoom& second = world.AddRoom();
  VirtualPhone& mover = world.AddPhone(0);
  WorkerLeg& leg = world.AddLeg(0, first, mover);
  world.AddLeg(other(), second, world.AddPhone(0));
  world.Run(Milliseconds(200));
  std::string order;
  int at_worker = 0;
  bool is_in_first = true;
  for (int i = 0; i < 8; ++i) {
    mover.Press(static_cast<char>('0' + i));
    const int to_worker = is_in_first ? other() : 0;
    MoveLegCommand move(leg, is_in_first ? second : first, to_worker);
    world.Perform(at_worker, move);
    at_worker = to_worker;
    is_in_first = !is_in_first;
    world.Run(Milliseconds(160));
  }
  for (const room::RoomEvent& event : world.EventsOf(room::RoomEventKind::kDigit)) {
    order += event.digit;
  }
  EXPECT_EQ(order, "01234567");
}

TEST_P(WorkerMove, ManyLegsMoveAtOnce) {
  WorkerWorld world({.workers = 2, .legs_max = 64});
  WorkerRoom& first = world.AddRoom();
  WorkerRoom& second = world.AddRoom();
  std::vector<VirtualPhone*> phones;
  std::vector<WorkerLeg*> legs;
  for (int i = 0; i < 24; ++i) {
    phones.push_back(&world.AddPhone(300 + 100 * i));
    legs.push_back(&world.AddLeg(0, first, *phones.back()));
  }
  world.Run(Seconds(1));
  std::vector<std::unique_ptr<MoveLegCommand>> moves;
  for (WorkerLeg* const leg : legs) {
    moves.push_back(std::make_unique<MoveLegCommand>(*leg, second, other()));
    world.worker(0).Post(moves.back().get());
  }
  world.Run(Seconds(1));
  EXPECT_EQ(second.leg_count(), 24u);
  EXPECT_EQ(first.leg_count(), 0u);
  for (const VirtualPhone* const phone : phones) {
    EXPECT_EQ(phone->packets_missing(), 0);
    EXPECT_LE(phone->longest_gap(), Milliseconds(30));
  }
}

INSTANTIATE_TEST_SUITE_P(All, WorkerMove, ::testing::Values(0, 1), [](const auto& info) {
  return info.param == 0 ? "OnOneWorker" : "AcrossWorkers";
});

}  // namespace
}  // namespace narada::mixer::engine
