// Whom a leg listens to, on a simulated network: strangers, phones that move, streams that change their SSRC or
// share it. Each test also has the simulation's own checks at every tick (simulation.h).
#include "gtest/gtest.h"
#include "tests/simulation/simulation.h"

namespace narada::simulation {
namespace {

using mixer::Milliseconds;
using mixer::Seconds;
using mixer::room::LegDrop;

// What was heard once everything has settled.
Hearing Settled(Simulation& sim, int phone) { return sim.phone(phone).heard().Since(Seconds(1)); }

constexpr double kSilence = -70;  // dBov: 50 dB below a voice.

TEST(RoomSimulation, MalformedPacketsAreCountedAndHarmNobody) {
  Simulation sim({.seed = 22, .legs = 4});
  sim.phone(0).uplink().CorruptOneIn(2);
  sim.phone(0).Say(Tone(Hertz(900)));
  sim.phone(1).Say(Tone(Hertz(440)));
  sim.Run(Seconds(10));
  EXPECT_EQ(Settled(sim, 2).longest_gap(), Milliseconds(0));
  EXPECT_GT(Settled(sim, 2).LevelAt(Hertz(440)), -21);
  const auto statistics = sim.leg(0).statistics();
  uint64_t dropped = 0;
  for (uint64_t count : statistics.drops) dropped += count;
  EXPECT_GT(dropped, 100u);
  EXPECT_EQ(sim.sent_elsewhere(), 0);
}

TEST(RoomSimulation, AnAttackersPacketsAreNeitherHeardNorAnswered) {
  Simulation sim({.seed = 23, .legs = 2});
  const mixer::SocketAddress attacker(mixer::IpAddress::V4(203, 0, 113, 66), 5004);
  Phone forger({.seed = 99, .address = attacker, .first_send = sim.now()});
  forger.Say(Tone(Hertz(1500), -6));
  for (int i = 0; i < 200; ++i) {
    while (const auto forged = forger.SendBefore(sim.now()))
      sim.Inject(0, attacker, forged->datagram);
    sim.Run(Milliseconds(20));
  }
  EXPECT_LT(Settled(sim, 1).LevelAt(Hertz(1500)), -90);
  EXPECT_EQ(sim.sent_elsewhere(), 0);
  EXPECT_GE(sim.leg(0).statistics().dropped(LegDrop::kSourceUntrusted), 199u);
}

TEST(RoomSimulation, APhoneWhosePortChangesAfterASilenceIsFollowed) {
  Simulation sim({.seed = 24, .legs = 2});
  sim.phone(0).Say(Tone(Hertz(440)));
  sim.Run(Seconds(2));
  sim.phone(0).uplink().Cut();
  sim.Run(Milliseconds(1200));
  sim.phone(0).uplink().Mend();
  sim.phone(0).MoveTo(sim.phone(0).address().WithPort(40'000));
  sim.Run(Seconds(2));
  EXPECT_EQ(sim.leg(0).statistics().latched_source.port(), 40'000);
  EXPECT_NEAR(sim.phone(1).heard().Since(Milliseconds(3600)).LevelAt(Hertz(440)), -20, 0.5);
  EXPECT_LT(sim.now() - sim.phone(0).last_received(), Milliseconds(40));
}

TEST(RoomSimulation, AChangeOfSsrcIsFollowed) {
  Simulation sim({.seed = 25, .legs = 2});
  sim.phone(0).Say(Tone(Hertz(440)));
  sim.Run(Seconds(2));
  sim.phone(0).ChangeSsrc();
  sim.Run(Seconds(2));
  EXPECT_LE(Settled(sim, 1).longest_gap(), Milliseconds(60));
  EXPECT_EQ(sim.leg(0).statistics().concealed_network, 0u);
}

TEST(RoomSimulation, V10TwoCallersWithOneSsrcAreBothHeard) {
  Simulation sim({.seed = 31, .legs = 3});
  sim.phone(0).SetSsrc(mixer::Ssrc(4711));
  sim.phone(1).SetSsrc(mixer::Ssrc(4711));
  sim.phone(0).Say(Tone(Hertz(440)));
  sim.phone(1).Say(Tone(Hertz(1000)));
  sim.Run(Seconds(4));
  EXPECT_NEAR(Settled(sim, 2).LevelAt(Hertz(440)), -20, 0.5);
  EXPECT_NEAR(Settled(sim, 2).LevelAt(Hertz(1000)), -20, 0.5);
}

TEST(RoomSimulation, V10SixtyFourCallersWithOneSsrcAreToldApart) {
  Simulation sim({.seed = 34, .legs = 64});
  for (int i = 0; i < 64; ++i) sim.phone(i).SetSsrc(mixer::Ssrc(4711));
  sim.phone(0).Say(Tone(Hertz(440)));
  sim.phone(63).Say(Tone(Hertz(1000)));
  sim.Run(Seconds(4));
  for (const int i : {1, 15}) {
    EXPECT_NEAR(Settled(sim, i).LevelAt(Hertz(440)), -20, 0.5);
    EXPECT_NEAR(Settled(sim, i).LevelAt(Hertz(1000)), -20, 0.5);
  }
  EXPECT_LT(Settled(sim, 0).LevelAt(Hertz(440)), kSilence);
  EXPECT_NEAR(Settled(sim, 0).LevelAt(Hertz(1000)), -20, 0.5);
}

TEST(RoomSimulation, V10ASourceThatChangesItsSsrcWithEveryPacketHarmsNobody) {
  Simulation sim({.seed = 32, .legs = 3});
  sim.phone(0).Say(Tone(Hertz(440)));
  sim.phone(1).Say(Tone(Hertz(1000)));
  for (int i = 0; i < 150; ++i) {
    sim.phone(0).ChangeSsrc();
    sim.Run(Milliseconds(20));
  }
  sim.Run(Seconds(3));
  EXPECT_NEAR(Settled(sim, 2).LevelAt(Hertz(1000)), -20, 0.5);
  EXPECT_EQ(Settled(sim, 2).longest_gap(), Milliseconds(0));
  EXPECT_NEAR(sim.phone(2).heard().Since(Seconds(4)).LevelAt(Hertz(440)), -20, 0.5);
}

TEST(RoomSimulation, V10ALegsOwnPacketsSentBackAreNotHeard) {
  Simulation sim({.seed = 33, .legs = 2});
  sim.phone(0).Say(Tone(Hertz(440)));
  sim.phone(1).SetSsrc(sim.leg(1).statistics().ssrc_sent);  // What it says is taken for an echo.
  sim.phone(1).Say(Tone(Hertz(1000)));
  sim.Run(Seconds(4));
  EXPECT_LT(Settled(sim, 0).LevelAt(Hertz(1000)), kSilence);
  EXPECT_NEAR(Settled(sim, 1).LevelAt(Hertz(440)), -20, 0.5);
}

}  // namespace
}  // namespace narada::simulation
