// Legs that share a socket: each gets what its own far end sends and nobody else's, on a fake network.
#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/engine/shared_sockets.h"
#include "mixer/engine/worker.h"
#include "mixer/engine/worker_world.h"

namespace narada::mixer::engine {
namespace {

double ToneHeard(const VirtualPhone& phone, double hz, MediaDuration last) {
  const absl::Duration end = absl::Milliseconds(phone.heard_length().milliseconds());
  return phone.heard().ToneLevelDbov(hz, end - absl::Milliseconds(last.milliseconds()), end);
}

uint64_t DroppedAsUnknown(WorkerWorld& world) {
  return world.worker(0).status().Read().dropped_source_unknown;
}

TEST(WorkerSharedSockets, LegsOnOnePortHearEachOtherAndNotThemselves) {
  WorkerWorld world({.shared_sockets = 1});
  WorkerRoom& room = world.AddRoom();
  const double tones[] = {440, 700, 1100};
  VirtualPhone* phones[3];
  WorkerLeg* legs[3];
  for (int i = 0; i < 3; ++i) {
    phones[i] = &world.AddPhone(tones[i]);
    legs[i] = &world.AddLegOnSharedSocket(0, room, *phones[i]);
  }
  world.Run(Seconds(8));
  EXPECT_EQ(legs[0]->sockets().rtp.local(), legs[2]->sockets().rtp.local());
  for (int listener = 0; listener < 3; ++listener) {
    for (int speaker = 0; speaker < 3; ++speaker) {
      const double level = ToneHeard(*phones[listener], tones[speaker], Seconds(2));
      if (listener == speaker) {
        EXPECT_LT(level, -65) << listener;
      } else {
        EXPECT_NEAR(level, -20, 1) << listener << " hears " << speaker;
      }
    }
    EXPECT_EQ(phones[listener]->packets_missing(), 0);
    EXPECT_GT(phones[listener]->reports(), 0) << "RTCP reaches its own far end";
  }
  EXPECT_EQ(DroppedAsUnknown(world), 0u);
  EXPECT_EQ(world.worker(0).status().Read().legs_on_shared_sockets, 3u);
}

TEST(WorkerSharedSockets, ABusyPortServesLegsWithSocketsOfTheirOwnBesideIt) {
  WorkerWorld world({.shared_sockets = 2});
  WorkerRoom& room = world.AddRoom();
  VirtualPhone& own = world.AddPhone(440);
  VirtualPhone& shared = world.AddPhone(700);
  VirtualPhone& other_shared = world.AddPhone(1100);
  world.AddLeg(0, room, own);
  world.AddLegOnSharedSocket(0, room, shared, 0);
  world.AddLegOnSharedSocket(0, room, other_shared, 1);
  world.Run(Seconds(3));
  EXPECT_NEAR(ToneHeard(own, 700, Seconds(1)), -20, 1);
  EXPECT_NEAR(ToneHeard(own, 1100, Seconds(1)), -20, 1);
  EXPECT_NEAR(ToneHeard(shared, 440, Seconds(1)), -20, 1);
  EXPECT_NEAR(ToneHeard(other_shared, 700, Seconds(1)), -20, 1);
}

TEST(WorkerSharedSockets, StrangersAndOtherPortsOfAFarEndAreDroppedAndCounted) {
  WorkerWorld world({.shared_sockets = 1});
  WorkerRoom& room = world.AddRoom();
  VirtualPhone& phone = world.AddPhone(440);
  VirtualPhone& listener = world.AddPhone(0);
  WorkerLeg& leg = world.AddLegOnSharedSocket(0, room, phone);
  world.AddLegOnSharedSocket(0, room, listener);
  world.Run(Seconds(1));
  const uint64_t received = leg.statistics().packets_received;

  // The next phone is on the same host, at another port: for a socket of its own a port of the same address might be a new
  // binding of a NAT. Here nothing but signaling moves a leg, however long the phone is silent.
  phone.is_sending = false;
  world.Run(Seconds(2));
  const uint64_t silent = leg.statistics().packets_received;
  EXPECT_EQ(silent, received);
  VirtualPhone& other_port = world.AddPhone(1500);
  other_port.CallTo(leg.sockets().rtp.local());
  const net::UdpSocket stranger =
      world.wire().Open(SocketAddress(IpAddress::V4(203, 0, 113, 9), phone.rtp().port()));
  for (int i = 0; i < 50; ++i) {
    std::vector<uint8_t> packet(172, 0xd5);
    packet[0] = 0x80;
    packet[1] = 8;
    packet[3] = static_cast<uint8_t>(i);
    world.wire().SendFrom(stranger.local(), leg.sockets().rtp.local(), packet);
    // RTP to the RTCP port, RTCP to the RTP port: each source is one of its own port.
    world.wire().SendFrom(phone.rtp(), leg.sockets().rtcp.local(), packet);
    world.Run(Milliseconds(20));
  }
  EXPECT_EQ(leg.statistics().packets_received, received);
  EXPECT_EQ(leg.statistics().latched_source, phone.rtp());
  EXPECT_LT(ToneHeard(listener, 1500, Milliseconds(500)), -60);
  EXPECT_GE(DroppedAsUnknown(world), 145u)
      << "50 of the other port, of the stranger, of RTP to RTCP";
  phone.is_sending = true;
  other_port.is_sending = false;
  world.Run(Seconds(2));
  EXPECT_GT(leg.statistics().packets_received, received + 90);
  EXPECT_NEAR(ToneHeard(listener, 440, Milliseconds(500)), -20, 1);
}

TEST(WorkerSharedSockets, SignalingMovesALegToANewAddressAndTheOldOneIsAStrangers) {
  WorkerWorld world({.shared_sockets = 1});
  WorkerRoom& room = world.AddRoom();
  VirtualPhone& before = world.AddPhone(440);
  VirtualPhone& after = world.AddPhone(700);
  VirtualPhone& listener = world.AddPhone(0);
  WorkerLeg& leg = world.AddLegOnSharedSocket(0, room, before);
  world.AddLegOnSharedSocket(0, room, listener);
  after.CallTo(leg.sockets().rtp.local());
  world.Run(Seconds(2));
  EXPECT_NEAR(ToneHeard(listener, 440, Milliseconds(500)), -20, 1);
  EXPECT_LT(ToneHeard(listener, 700, Milliseconds(500)), -60);
  EXPECT_EQ(after.packets_heard(), 0u);

  room::LegMedia media = leg.media();
  media.remote_rtp = after.rtp();
  media.remote_rtcp = after.rtcp();
  ASSERT_EQ(leg.seat()->Claim(SourcesOf(media)), absl::OkStatus());
  auto streams = std::make_unique<room::LegStreams>(media, Milliseconds(20), Milliseconds(120),
                                                    Milliseconds(10));
  CallCommand update([&](Worker&) noexcept {
    leg.UpdateMedia(streams);
    return CommandOutcome::kDone;
  });
  world.Perform(0, update);
  const uint64_t heard_before = before.packets_heard();
  const uint64_t unknown_before = DroppedAsUnknown(world);
  world.Run(Seconds(2));
  EXPECT_NEAR(ToneHeard(listener, 700, Milliseconds(500)), -20, 1);
  EXPECT_LT(ToneHeard(listener, 440, Milliseconds(500)), -60);
  EXPECT_GT(after.packets_heard(), 90u);
  EXPECT_LE(before.packets_heard(), heard_before + 1);
  EXPECT_GE(DroppedAsUnknown(world), unknown_before + 95u) << "the old address goes on sending";
}

TEST(WorkerSharedSockets, ALegThatLeavesTakesNobodyWithItAndItsPlaceCanBeTaken) {
  WorkerWorld world({.shared_sockets = 1});
  WorkerRoom& room = world.AddRoom();
  VirtualPhone& leaver = world.AddPhone(440);
  VirtualPhone& stayer = world.AddPhone(700);
  WorkerLeg& leg = world.AddLegOnSharedSocket(0, room, leaver);
  world.AddLegOnSharedSocket(0, room, stayer);
  world.Run(Seconds(1));
  RemoveLegCommand remove(leg);
  world.Perform(0, remove);
  world.Run(Milliseconds(100));
  EXPECT_EQ(leaver.goodbyes(), 1);
  EXPECT_EQ(stayer.goodbyes(), 0);
  EXPECT_EQ(world.worker(0).status().Read().legs_on_shared_sockets, 1u);
  const uint64_t unknown = DroppedAsUnknown(world);
  world.Run(Seconds(1));
  EXPECT_GE(DroppedAsUnknown(world), unknown + 45) << "who talks on is nobody's any more";
  EXPECT_EQ(stayer.packets_missing(), 0);
  leg.ReleaseSockets();  // As its end does.
  world.AddLegOnSharedSocket(0, room, leaver);
  world.Run(Seconds(2));
  EXPECT_NEAR(ToneHeard(stayer, 440, Milliseconds(500)), -20, 1);
}

TEST(WorkerSharedSockets, ALegMovesBetweenRoomsOfItsWorkerWithoutAGap) {
  WorkerWorld world({.shared_sockets = 1});
  WorkerRoom& first = world.AddRoom();
  WorkerRoom& second = world.AddRoom();
  VirtualPhone& mover = world.AddPhone(440);
  VirtualPhone& host = world.AddPhone(700);
  WorkerLeg& leg = world.AddLegOnSharedSocket(0, first, mover);
  world.AddLegOnSharedSocket(0, second, host);
  world.Run(Seconds(1));
  MoveLegCommand move(leg, second, 0);
  world.Perform(0, move);
  world.Run(Seconds(2));
  EXPECT_NEAR(ToneHeard(host, 440, Milliseconds(500)), -20, 1);
  EXPECT_NEAR(ToneHeard(mover, 700, Milliseconds(500)), -20, 1);
  EXPECT_EQ(mover.packets_missing(), 0);
}

}  // namespace
}  // namespace narada::mixer::engine
