// The engine on real threads, rings and sockets, with phones. What TSan watches is in
// engine_handover_test.
#include "mixer/engine/engine.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "gtest/gtest.h"
#include "mixer/engine/engine_world.h"

namespace narada::mixer::engine {
namespace {

double ToneHeard(const Call& call, double hz, absl::Duration last) {
  const phone::HeardAudio heard = call.phone->Heard();
  return heard.ToneLevelDbov(hz, heard.length() - last, heard.length());
}

TEST(Engine, ThreeCallsHearEachOtherOverLoopback) {
  EngineWorld world;
  const room::RoomId room = world.AddRoom();
  const double tones[] = {440, 700, 1100};
  Call* calls[3];
  for (int i = 0; i < 3; ++i) {
    calls[i] = &world.AddCall(room);
    calls[i]->phone->SayTones({{tones[i], -20}});
  }
  absl::SleepFor(absl::Seconds(3));
  for (int listener = 0; listener < 3; ++listener) {
    for (int speaker = 0; speaker < 3; ++speaker) {
      const double level = ToneHeard(*calls[listener], tones[speaker], absl::Seconds(1));
      if (listener == speaker) {
        EXPECT_LT(level, -60);
      } else {
        EXPECT_NEAR(level, -20, 1.5);
      }
    }
    EXPECT_EQ(calls[listener]->phone->Report().packets_lost, 0u);
  }
}

TEST(Engine, ACallMovesAcrossWorkersAndLosesNoPacket) {
  EngineWorld world;
  const room::RoomId first = world.AddRoom();
  const room::RoomId second = world.AddRoom();
  ASSERT_EQ(world.engine().PinRoom(first, 0), absl::OkStatus());
  ASSERT_EQ(world.engine().PinRoom(second, 1), absl::OkStatus());
  Call& mover = world.AddCall(first);
  Call& host = world.AddCall(second);
  mover.phone->SayTones({{440, -20}});
  host.phone->SayTones({{700, -20}});
  absl::SleepFor(absl::Milliseconds(500));
  bool was_told = false;
  EXPECT_EQ(world.engine().MoveLeg(mover.leg, second, false, [&] { was_told = true; }),
            absl::OkStatus());
  EXPECT_TRUE(was_told) << "before the call returns";
  absl::SleepFor(absl::Seconds(2));
  EXPECT_NEAR(ToneHeard(mover, 700, absl::Seconds(1)), -20, 1.5);
  EXPECT_NEAR(ToneHeard(host, 440, absl::Seconds(1)), -20, 1.5);
  EXPECT_EQ(mover.phone->Report().timestamp_jumps, 0u);
  EXPECT_EQ(mover.phone->Report().packets_lost, 0u);
  EXPECT_EQ(mover.phone->Report().ssrc_changes, 0u);
  room::LegStatistics statistics;
  EXPECT_EQ(world.engine().WithLeg(mover.leg,
                                   [&](WorkerLeg& leg, MediaTime) {
                                     statistics = leg.statistics();
                                     return CommandOutcome::kDone;
                                   }),
            absl::OkStatus());
  EXPECT_EQ(statistics.packets_lost, 0);
}

TEST(Engine, KeysOfACallThatMovesToAndFroArriveInOrder) {
  EngineWorld world;
  const room::RoomId rooms[] = {world.AddRoom(), world.AddRoom()};
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(world.engine().PinRoom(rooms[i], i), absl::OkStatus());
    world.AddCall(rooms[i]);
  }
  Call& call = world.AddCall(rooms[0]);
  absl::SleepFor(absl::Milliseconds(200));
  const std::string digits = "0123456789*#";
  ASSERT_EQ(call.phone->Press(digits, absl::Milliseconds(60), absl::Milliseconds(60)),
            absl::OkStatus());
  for (int i = 1; i < 20; ++i) {
    EXPECT_EQ(world.engine().MoveLeg(call.leg, rooms[i % 2], false, {}), absl::OkStatus());
    absl::SleepFor(absl::Milliseconds(60));
  }
  absl::SleepFor(absl::Milliseconds(500));
  std::string told;
  for (const room::RoomEvent& event : world.events().events()) {
    if (event.kind == room::RoomEventKind::kDigit && event.leg == call.leg) told += event.digit;
  }
  EXPECT_EQ(told, digits);
}

TEST(Engine, AFullRoomAndAFullWorkerRefuse) {
  EngineWorld world({.workers = 1, .admission = {.legs_max = 3}});
  const room::RoomId small = world.AddRoom(/*legs_max=*/1);
  world.AddCall(small);
  EXPECT_EQ(ReasonOf(world.TryAddCall(small).status()), "ROOM_FULL");
  const room::RoomId big = world.AddRoom();
  world.AddCall(big);
  world.AddCall(big);
  const absl::Status refused = world.TryAddCall(big).status();
  EXPECT_EQ(ReasonOf(refused), "MIXER_FULL");
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(RetryAfterOf(refused).has_value());
}

// A room's limit may change while legs are in it; nobody who is there has to leave.
TEST(Engine, ARoomTakesMoreOrFewerLegsFromTheChangeOn) {
  EngineWorld world({.workers = 1});
  const room::RoomId room = world.AddRoom(/*legs_max=*/1);
  world.AddCall(room);
  EXPECT_EQ(ReasonOf(world.TryAddCall(room).status()), "ROOM_FULL");
  bool was_told = false;
  EXPECT_EQ(world.engine().UpdateRoom(room, {.legs_max = 2}, [&] { was_told = true; }),
            absl::OkStatus());
  EXPECT_TRUE(was_told);
  Call& second = world.AddCall(room);
  EXPECT_EQ(world.engine().UpdateRoom(room, {.legs_max = 1}, {}), absl::OkStatus());
  EXPECT_EQ(world.engine().CountLegs(room), 2u);
  EXPECT_EQ(world.Remove(second), absl::OkStatus());
  EXPECT_EQ(ReasonOf(world.TryAddCall(room).status()), "ROOM_FULL");
}

TEST(Engine, AnEmptiedRoomGivesBackItsPlaceOnTheWorkerAndKeepsItsSettings) {
  EngineWorld world({.workers = 1});
  const room::RoomId room = world.AddRoom();
  Call& call = world.AddCall(room);
  EXPECT_EQ(world.engine().UpdateRoom(room, {.controls = {.is_lecture = true}, .legs_max = 5}, {}),
            absl::OkStatus());
  world.engine().TakeBackEmptyRooms();
  EXPECT_TRUE(world.engine().WorkerOf(room)->has_value()) << "somebody is in it";
  EXPECT_EQ(world.Remove(call), absl::OkStatus());
  EXPECT_TRUE(world.engine().WorkerOf(room)->has_value());
  world.engine().TakeBackEmptyRooms();
  EXPECT_FALSE(world.engine().WorkerOf(room)->has_value());

  // A change while nobody is there, and what was set before, are in effect for who comes next.
  EXPECT_EQ(world.engine().UpdateRoom(
                room, {.controls = {.speakers_max = 3, .is_lecture = true}, .legs_max = 1}, {}),
            absl::OkStatus());
  EXPECT_FALSE(world.engine().WorkerOf(room)->has_value()) << "a change needs no worker";
  world.AddCall(room);
  EXPECT_EQ(ReasonOf(world.TryAddCall(room).status()), "ROOM_FULL");
  room::RoomControls controls;
  EXPECT_EQ(world.engine().WithRoom(room,
                                    [&](Worker&, WorkerRoom& there) {
                                      controls = there.controls();
                                      return CommandOutcome::kDone;
                                    }),
            absl::OkStatus());
  EXPECT_EQ(controls.speakers_max, 3);
  EXPECT_TRUE(controls.is_lecture);
}

// While one thread takes back what is empty, others come, go and delete.
TEST(Engine, RoomsAreTakenBackWhileLegsComeAndGo) {
  EngineWorld world({.workers = 2, .admission = {.load_max = 100}});
  std::atomic<bool> is_over = false;
  std::thread taker([&] {
    while (!is_over) world.engine().TakeBackEmptyRooms();
  });
  std::vector<std::thread> users;
  for (int user = 0; user < 3; ++user) {
    users.emplace_back([&world, user] {
      for (int i = 0; i < 100; ++i) {
        const room::RoomId room = world.AddRoom();
        for (int leg = 0; leg < 2; ++leg) {
          std::unique_ptr<WorkerLeg> made =
              world.NewLeg(static_cast<uint16_t>(20'000 + 100 * user + i));
          const room::LegId id = made->id();
          ASSERT_EQ(world.engine().AddLeg(room, made, {}), absl::OkStatus());
          ASSERT_EQ(world.engine().RemoveLeg(id, {}).status(), absl::OkStatus());
        }
        ASSERT_EQ(world.engine().DeleteRoom(room, {}), absl::OkStatus());
      }
    });
  }
  for (std::thread& user : users) user.join();
  is_over = true;
  taker.join();
  EXPECT_EQ(world.engine().CountRooms(), 0u);
}

TEST(Engine, AnOverloadedWorkerRefusesBeforeItStarvesWhoIsThere) {
  EngineWorld world({.workers = 1, .admission = {.load_max = 0.0001}});
  const room::RoomId room = world.AddRoom();
  const absl::Status refused = world.TryAddCall(room).status();
  EXPECT_EQ(ReasonOf(refused), "MIXER_FULL");
  EXPECT_EQ(world.engine().CountLegs(), 0u);
  EXPECT_EQ(world.engine().DeleteRoom(room, {}), absl::OkStatus()) << "no place is held";
}

// Never accepted and starved: calls come until one is refused; nobody who is in conference notices.
TEST(Engine, AWorkerFilledToItsLimitRefusesWhileNobodyInConferenceLosesATick) {
  constexpr double kLoadMax = 0.04;
  EngineWorld world({.workers = 1, .admission = {.load_max = kLoadMax}});
  const room::RoomId room = world.AddRoom();
  Call& listener = world.AddCall(room);
  Call& talker = world.AddCall(room);
  talker.phone->SayTones({{440, -20}});
  absl::SleepFor(absl::Milliseconds(500));
  absl::Status refused;
  int admitted = 2;
  while (admitted < 400) {
    refused = world.TryAddCall(room).status();
    if (!refused.ok()) break;
    ++admitted;
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted) << admitted << " were admitted";
  EXPECT_EQ(ReasonOf(refused), "MIXER_FULL");
  EXPECT_TRUE(RetryAfterOf(refused).has_value());
  EXPECT_EQ(world.engine().CountLegs(), static_cast<size_t>(admitted));
  const uint64_t lost_before = listener.phone->Report().packets_lost;
  absl::SleepFor(absl::Seconds(2));
  const WorkerFigures figures = world.engine().FiguresOf(0);
  EXPECT_EQ(figures.ticks_missed, 0u);
  EXPECT_EQ(listener.phone->Report().packets_lost, lost_before);
  EXPECT_EQ(listener.phone->Report().timestamp_jumps, 0u);
  EXPECT_NEAR(ToneHeard(listener, 440, absl::Seconds(1)), -20, 1.5);
}

TEST(Engine, WhatIsNotThereIsNamed) {
  EngineWorld world({.workers = 1});
  const room::RoomId room = world.AddRoom();
  EXPECT_EQ(ReasonOf(world.TryAddCall({999}).status()), "ROOM_UNKNOWN");
  EXPECT_EQ(ReasonOf(world.engine().RemoveLeg({999}, {}).status()), "LEG_UNKNOWN");
  EXPECT_EQ(ReasonOf(world.engine().MoveLeg({999}, room, false, {})), "LEG_UNKNOWN");
  Call& call = world.AddCall(room);
  EXPECT_EQ(ReasonOf(world.engine().MoveLeg(call.leg, {999}, false, {})), "ROOM_UNKNOWN");
  EXPECT_EQ(ReasonOf(world.engine().DeleteRoom(room, {})), "ROOM_NOT_EMPTY");
  EXPECT_EQ(world.Remove(call), absl::OkStatus());
  EXPECT_EQ(ReasonOf(world.Remove(call)), "LEG_UNKNOWN");
  EXPECT_EQ(world.engine().DeleteRoom(room, {}), absl::OkStatus());
  EXPECT_EQ(ReasonOf(world.engine().DeleteRoom(room, {})), "ROOM_UNKNOWN");
}

TEST(Engine, StopsWithCallsInProgress) {
  auto world = std::make_unique<EngineWorld>();
  const room::RoomId room = world->AddRoom();
  for (int i = 0; i < 5; ++i) world->AddCall(room);
  world.reset();
}

}  // namespace
}  // namespace narada::mixer::engine
