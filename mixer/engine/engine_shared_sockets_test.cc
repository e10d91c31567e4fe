// Legs on shared sockets, on real threads, rings and loopback sockets.
#include <memory>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "gtest/gtest.h"
#include "mixer/engine/engine.h"
#include "mixer/engine/engine_world.h"

namespace narada::mixer::engine {
namespace {

const IpAddress kLoopback = IpAddress::V4(127, 0, 0, 1);

double ToneHeard(const Call& call, double hz) {
  const phone::HeardAudio heard = call.phone->Heard();
  return heard.ToneLevelDbov(hz, heard.length() - absl::Seconds(1), heard.length());
}

room::LegStatistics StatisticsOf(EngineWorld& world, room::LegId leg) {
  room::LegStatistics statistics;
  EXPECT_EQ(world.engine().WithLeg(leg,
                                   [&](WorkerLeg& the_leg, MediaTime) {
                                     statistics = the_leg.statistics();
                                     return CommandOutcome::kDone;
                                   }),
            absl::OkStatus());
  return statistics;
}

// Forty legs in four rooms of two workers, on two ports: each hears its own room's speaker and no other.
TEST(EngineSharedSockets, ManyLegsOnOnePortHearTheirOwnRooms) {
  EngineWorld world({.workers = 2, .shared_sockets = 1});
  constexpr double kTones[] = {440, 700, 1100, 1500};
  std::vector<std::vector<Call*>> rooms(4);
  for (size_t i = 0; i < rooms.size(); ++i) {
    const room::RoomId room = world.AddRoom();
    ASSERT_EQ(world.engine().PinRoom(room, static_cast<int>(i % 2)), absl::OkStatus());
    for (int k = 0; k < 10; ++k) rooms[i].push_back(&world.AddCallOnSharedSocket(room));
    rooms[i][0]->phone->SayTones({{kTones[i], -20}});
  }
  absl::SleepFor(absl::Seconds(3));
  for (size_t i = 0; i < rooms.size(); ++i) {
    for (const Call* const call : rooms[i]) {
      for (size_t other = 0; other < rooms.size(); ++other) {
        if (other == i && call != rooms[i][0]) {
          EXPECT_NEAR(ToneHeard(*call, kTones[other]), -20, 1.5) << "room " << i;
        } else {
          EXPECT_LT(ToneHeard(*call, kTones[other]), -60) << "room " << i << ", tone " << other;
        }
      }
      EXPECT_EQ(call->phone->Report().packets_lost, 0u);
      EXPECT_EQ(call->phone->Report().packets_unexpected, 0u);
    }
  }
  for (int worker = 0; worker < 2; ++worker) {
    const WorkerFigures figures = world.engine().FiguresOf(worker);
    EXPECT_EQ(figures.legs_on_shared_sockets, 20u);
    EXPECT_EQ(figures.dropped_source_unknown, 0u);
  }
  for (const std::vector<Call*>& room : rooms) {
    for (Call* const call : room) EXPECT_EQ(world.Remove(*call), absl::OkStatus());
  }
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_EQ(world.engine().FiguresOf(0).legs_on_shared_sockets, 0u);
}

// A phone that nobody has signalled says what it likes to the shared port.
TEST(EngineSharedSockets, AnotherPortOfTheSameHostIsNotHeardAndIsCounted) {
  EngineWorld world({.workers = 1, .shared_sockets = 1});
  const room::RoomId room = world.AddRoom();
  Call& talker = world.AddCallOnSharedSocket(room);
  Call& listener = world.AddCallOnSharedSocket(room);
  talker.phone->SayTones({{440, -20}});
  phone::PhoneLoop loop;
  auto stranger = *phone::MediaSession::Open(loop, {.codecs = {phone::Codec::kPcma}});
  const uint16_t port = world.shared_sockets().rtp_address({}).port();
  ASSERT_EQ(stranger->StartTo("127.0.0.1", port, phone::Codec::kPcma), absl::OkStatus());
  stranger->SayTones({{1500, -10}});
  absl::SleepFor(absl::Seconds(3));
  EXPECT_NEAR(ToneHeard(listener, 440), -20, 1.5);
  EXPECT_LT(ToneHeard(listener, 1500), -60);
  EXPECT_LT(ToneHeard(talker, 1500), -60);
  EXPECT_EQ(stranger->Report().packets_received, 0u) << "nothing is sent to whom nobody signalled";
  EXPECT_GT(world.engine().FiguresOf(0).dropped_source_unknown, 100u);
  EXPECT_EQ(StatisticsOf(world, talker.leg).latched_source,
            SocketAddress(kLoopback, talker.phone->port()));
}

TEST(EngineSharedSockets, ALegStaysOnTheWorkerOfItsSocket) {
  EngineWorld world({.workers = 2, .shared_sockets = 1});
  const room::RoomId first = world.AddRoom();
  const room::RoomId beside = world.AddRoom();
  const room::RoomId elsewhere = world.AddRoom();
  const room::RoomId fresh = world.AddRoom();
  ASSERT_EQ(world.engine().PinRoom(first, 1), absl::OkStatus());
  ASSERT_EQ(world.engine().PinRoom(beside, 1), absl::OkStatus());
  ASSERT_EQ(world.engine().PinRoom(elsewhere, 0), absl::OkStatus());
  Call& call = world.AddCallOnSharedSocket(first);
  const absl::Status refused = world.engine().MoveLeg(call.leg, elsewhere, false, {});
  EXPECT_EQ(ReasonOf(refused), "ROOM_ON_OTHER_WORKER");
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(world.engine().CountLegs(elsewhere), 0u);
  EXPECT_EQ(world.engine().MoveLeg(call.leg, beside, false, {}), absl::OkStatus());
  // A room that nobody is in yet comes to the leg.
  EXPECT_EQ(world.engine().MoveLeg(call.leg, fresh, false, {}), absl::OkStatus());
  EXPECT_EQ(*world.engine().WorkerOf(fresh), 1);
  Call& host = world.AddCall(fresh);
  host.phone->SayTones({{700, -20}});
  absl::SleepFor(absl::Seconds(2));
  EXPECT_NEAR(ToneHeard(call, 700), -20, 1.5);

  // Nor can it begin elsewhere.
  std::unique_ptr<WorkerLeg> leg = world.NewLeg(
      9,
      LegSockets(std::make_unique<SharedSeat>(world.shared_sockets(), SharedPlace{.worker = 1})));
  EXPECT_EQ(ReasonOf(world.engine().AddLeg(elsewhere, leg, {})), "ROOM_ON_OTHER_WORKER");
}

TEST(EngineSharedSockets, NewMediaIsRefusedWhereItsAddressIsAnothersAndTakenWhereItIsFree) {
  EngineWorld world({.workers = 1, .shared_sockets = 1});
  const room::RoomId room = world.AddRoom();
  Call& mover = world.AddCallOnSharedSocket(room);
  Call& stayer = world.AddCallOnSharedSocket(room);
  room::LegMedia media;
  EXPECT_EQ(world.engine().WithLeg(mover.leg,
                                   [&](WorkerLeg& leg, MediaTime) {
                                     media = leg.media();
                                     return CommandOutcome::kDone;
                                   }),
            absl::OkStatus());
  const auto update_to = [&](uint16_t port) {
    media.remote_rtp = SocketAddress(kLoopback, port);
    media.remote_rtcp = SocketAddress(kLoopback, static_cast<uint16_t>(port + 1));
    auto streams = std::make_unique<room::LegStreams>(media, Milliseconds(20), Milliseconds(120),
                                                      Milliseconds(10));
    return world.engine().UpdateMedia(mover.leg, streams, [] {});
  };
  EXPECT_EQ(ReasonOf(update_to(stayer.phone->port())), "SHARED_SOURCE_TAKEN");
  mover.phone->SayTones({{440, -20}});
  absl::SleepFor(absl::Milliseconds(1500));
  EXPECT_NEAR(ToneHeard(stayer, 440), -20, 1.5) << "a refusal leaves all as it was";

  phone::PhoneLoop loop;
  auto other = *phone::MediaSession::Open(loop, {.codecs = {phone::Codec::kPcma}});
  EXPECT_EQ(update_to(other->port()), absl::OkStatus());
  ASSERT_EQ(other->StartTo("127.0.0.1", world.shared_sockets().rtp_address({}).port(),
                           phone::Codec::kPcma),
            absl::OkStatus());
  other->SayTones({{700, -20}});
  absl::SleepFor(absl::Milliseconds(1500));
  EXPECT_NEAR(ToneHeard(stayer, 700), -20, 1.5);
  EXPECT_LT(ToneHeard(stayer, 440), -60);
  EXPECT_GT(other->Report().packets_received, 50u);
}

}  // namespace
}  // namespace narada::mixer::engine
