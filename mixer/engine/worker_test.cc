#include "mixer/engine/worker.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/media_path_scope.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mixer/engine/worker_world.h"

namespace narada::mixer::engine {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

double ToneHeard(const VirtualPhone& phone, double hz, MediaDuration last) {
  const absl::Duration end = absl::Milliseconds(phone.heard_length().milliseconds());
  return phone.heard().ToneLevelDbov(hz, end - absl::Milliseconds(last.milliseconds()), end);
}

std::unique_ptr<media::PlaybackPlan> TonePlan(uint64_t id, double hz, MediaDuration duration) {
  auto plan = std::make_unique<media::PlaybackPlan>();
  plan->id = id;
  plan->items.emplace_back(media::Tone{.frequency_hz = hz, .duration = duration});
  return plan;
}

TEST(Worker, TheHookThatForbidsAllocationIsInForce) {
  // Everything below runs under it: Worker::Step() holds a MediaPathScope.
  EXPECT_TRUE(MediaPathScope::IsEnforced());
}

TEST(Worker, ThreeLegsHearEachOtherAndNotThemselves) {
  WorkerWorld world;
  WorkerRoom& room = world.AddRoom();
  const double tones[] = {440, 700, 1100};
  VirtualPhone* phones[3];
  for (int i = 0; i < 3; ++i) {
    phones[i] = &world.AddPhone(tones[i]);
    world.AddLeg(0, room, *phones[i]);
  }
  world.Run(Seconds(4));
  for (int listener = 0; listener < 3; ++listener) {
    for (int speaker = 0; speaker < 3; ++speaker) {
      const double level = ToneHeard(*phones[listener], tones[speaker], Seconds(2));
      if (listener == speaker) {
        EXPECT_LT(level, -65) << listener;  // What A-law leaves of the others' sum there.
      } else {
        EXPECT_NEAR(level, -20, 1) << listener << " hears " << speaker;
      }
    }
    EXPECT_EQ(phones[listener]->packets_missing(), 0);
    EXPECT_EQ(phones[listener]->longest_gap(), Milliseconds(20));
    EXPECT_EQ(phones[listener]->shortest_gap(), Milliseconds(20));
  }
}

TEST(Worker, RoomsAreSpreadOverTheStepsOfATick) {
  WorkerWorld world;
  for (int i = 0; i < 16; ++i) world.AddLeg(0, world.AddRoom(), world.AddPhone(0));
  world.Run(Milliseconds(100));
  // 16 rooms in 8 phases: each step sends what two rooms say.
  const uint64_t before = world.worker(0).status().Read().network.datagrams_sent;
  world.Step();
  EXPECT_EQ(world.worker(0).status().Read().network.datagrams_sent - before, 2u);
}

TEST(Worker, AnIdleRoomCostsNoTick) {
  WorkerWorld world;
  WorkerRoom& room = world.AddRoom();
  VirtualPhone& phone = world.AddPhone(440);
  WorkerLeg& leg = world.AddLeg(0, room, phone);
  world.Run(Milliseconds(100));
  EXPECT_EQ(world.worker(0).status().Read().rooms_due, 1u);
  RemoveLegCommand remove(leg);
  world.Perform(0, remove);
  world.Run(Milliseconds(40));
  const uint64_t ticks = world.worker(0).status().Read().ticks;
  world.Run(Seconds(1));
  EXPECT_EQ(world.worker(0).status().Read().ticks, ticks);
  EXPECT_EQ(world.worker(0).status().Read().rooms_due, 0u);
}

TEST(Worker, ARemovedLegSaysGoodbyeAndComesBackWithItsStatistics) {
  WorkerWorld world;
  WorkerRoom& room = world.AddRoom();
  VirtualPhone& phone = world.AddPhone(440);
  WorkerLeg& leg = world.AddLeg(0, room, phone);
  world.Run(Seconds(1));
  RemoveLegCommand remove(leg);
  EXPECT_LE(world.Perform(0, remove), Milliseconds(5));
  EXPECT_EQ(phone.goodbyes(), 1);
  EXPECT_EQ(leg.room(), nullptr);
  EXPECT_NEAR(static_cast<double>(remove.statistics.packets_received), 50, 2);
  EXPECT_NEAR(static_cast<double>(remove.statistics.packets_sent), 50, 2);
  EXPECT_EQ(world.worker(0).status().Read().legs, 0u);
  const uint64_t heard = phone.packets_heard();
  world.Run(Milliseconds(200));
  EXPECT_EQ(phone.packets_heard(), heard);
}

TEST(Worker, ALegBeyondTheLimitIsRefused) {
  WorkerWorld world({.legs_max = 1});
  WorkerRoom& room = world.AddRoom();
  world.AddLeg(0, room, world.AddPhone(440));
  world.Run(Milliseconds(20));
  VirtualPhone& phone = world.AddPhone(700);
  const uint64_t legs = world.worker(0).status().Read().legs;
  world.AddLeg(0, room, phone);
  world.Run(Milliseconds(100));
  EXPECT_EQ(world.worker(0).status().Read().legs, legs);
  EXPECT_EQ(phone.packets_heard(), 0u);
}

TEST(Worker, KeysAreToldOnceAndInOrder) {
  WorkerWorld world;
  WorkerRoom& room = world.AddRoom();
  VirtualPhone& phone = world.AddPhone(0);
  const WorkerLeg& leg = world.AddLeg(0, room, phone);
  world.Run(Milliseconds(100));
  for (const char digit : std::string("12*#0")) {
    phone.Press(digit);
    world.Run(Milliseconds(200));
  }
  std::string digits;
  for (const room::RoomEvent& event : world.EventsOf(room::RoomEventKind::kDigit)) {
    digits += event.digit;
    EXPECT_EQ(event.leg, leg.id());
    EXPECT_EQ(event.room, room.id());
  }
  EXPECT_EQ(digits, "12*#0");
}

TEST(Worker, APlaybackIsHeardItsEndIsToldAndItsMemoryComesBack) {
  WorkerWorld world;
  WorkerRoom& room = world.AddRoom();
  VirtualPhone& phone = world.AddPhone(0);
  WorkerLeg& leg = world.AddLeg(0, room, phone);
  world.Run(Milliseconds(100));
  std::unique_ptr<media::PlaybackPlan> plan = TonePlan(77, 900, Seconds(1));
  CallCommand play([&](Worker&) noexcept {
    return leg.Play(plan, room::Queueing::kReplace) ? CommandOutcome::kDone
                                                    : CommandOutcome::kPlaybacksPending;
  });
  world.Perform(0, play);
  world.Run(Milliseconds(800));
  EXPECT_NEAR(ToneHeard(phone, 900, Milliseconds(500)), -20, 1);
  world.Run(Milliseconds(500));
  const auto ended = world.EventsOf(room::RoomEventKind::kPlaybackEnded);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].playback_id, 77u);
  EXPECT_EQ(ended[0].playback_end, room::PlaybackEnd::kCompleted);
  EXPECT_EQ(world.plans_retired(), 1);
}

TEST(Worker, APlaybackToAnEmptyRoomEndsToo) {
  WorkerWorld world;
  WorkerRoom& room = world.AddRoom();
  std::unique_ptr<media::PlaybackPlan> plan = TonePlan(5, 900, Milliseconds(300));
  CallCommand play([&](Worker& worker) noexcept {
    return worker.PlayToRoom(room, plan, room::Queueing::kReplace);
  });
  world.Perform(0, play);
  world.Run(Milliseconds(500));
  EXPECT_THAT(world.EventsOf(room::RoomEventKind::kPlaybackEnded), SizeIs(1));
  EXPECT_EQ(world.worker(0).status().Read().rooms_due, 0u);
}

TEST(Worker, EventsThatNobodyReadsAreLostAndCountedNeverWaitedFor) {
  WorkerWorld world({.messages_max = 4});
  WorkerRoom& room = world.AddRoom();
  VirtualPhone& phone = world.AddPhone(0);
  world.AddLeg(0, room, phone);
  world.Run(Milliseconds(100));
  world.is_reading_messages = false;
  for (int i = 0; i < 20; ++i) {
    phone.Press('5');
    world.Run(Milliseconds(200));
  }
  EXPECT_EQ(phone.longest_gap(), Milliseconds(20));
  world.is_reading_messages = true;
  const size_t told_before = world.EventsOf(room::RoomEventKind::kDigit).size();
  world.Run(Milliseconds(50));
  const size_t told = world.EventsOf(room::RoomEventKind::kDigit).size() - told_before;
  EXPECT_GT(world.events_lost(), 0u);
  EXPECT_EQ(told + world.events_lost(), 20u);
  phone.Press('6');
  world.Run(Milliseconds(100));
  EXPECT_EQ(world.EventsOf(room::RoomEventKind::kDigit).back().digit, '6') << "told again";
}

TEST(Worker, RefusedSendsAreCountedAndTheRoomGoesOn) {
  WorkerWorld world;
  WorkerRoom& room = world.AddRoom();
  VirtualPhone& phone = world.AddPhone(440);
  world.AddLeg(0, room, phone);
  world.Run(Milliseconds(200));
  world.wire().sends_to_refuse = 10;
  world.Run(Milliseconds(400));
  EXPECT_EQ(world.worker(0).status().Read().network.dropped_send_full, 10u);
  EXPECT_EQ(phone.packets_missing(), 10);
  world.Run(Milliseconds(200));
  EXPECT_EQ(phone.packets_missing(), 10);
}

TEST(Worker, GarbageIsCountedAndHarmless) {
  WorkerWorld world;
  WorkerRoom& room = world.AddRoom();
  VirtualPhone& talker = world.AddPhone(440);
  VirtualPhone& listener = world.AddPhone(0);
  WorkerLeg& leg = world.AddLeg(0, room, talker);
  world.AddLeg(0, room, listener);
  world.Run(Seconds(1));
  for (int length = 0; length < 40; ++length) {
    for (const uint8_t fill : {0x00, 0x80, 0xff, 0x9f}) {
      const std::vector<uint8_t> bytes(static_cast<size_t>(length), fill);
      talker.SendRaw(bytes);
      talker.SendRaw(bytes, /*is_rtcp=*/true);
    }
  }
  std::vector<uint8_t> unknown_type(172, 0x55);
  unknown_type[0] = 0x80;
  unknown_type[1] = 99;
  talker.SendRaw(unknown_type);
  world.Run(Seconds(2));
  EXPECT_NEAR(ToneHeard(listener, 440, Seconds(1)), -20, 1);
  const room::LegStatistics statistics = leg.statistics();
  EXPECT_GT(statistics.dropped(room::LegDrop::kRtpTooShort), 0u);
  EXPECT_GT(statistics.dropped(room::LegDrop::kRtpVersion), 0u);
  EXPECT_GT(statistics.dropped(room::LegDrop::kPayloadTypeUnknown), 0u);
  EXPECT_GT(statistics.dropped(room::LegDrop::kRtcpTooShort), 0u);
}

}  // namespace
}  // namespace narada::mixer::engine
