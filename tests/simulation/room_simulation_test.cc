// Whole conferences on a simulated network. Each test also has the simulation's own checks at every
// tick (simulation.h).
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/simulation/simulation.h"

namespace narada::simulation {
namespace {

using mixer::Gain;
using mixer::MediaDuration;
using mixer::Milliseconds;
using mixer::Seconds;
using mixer::media::PlaybackEnd;
using mixer::media::PlaybackPlan;
using mixer::room::RoomEvent;
using mixer::room::RoomEventKind;

// What was heard once everything has settled.
Hearing Settled(Simulation& sim, int phone) { return sim.phone(phone).heard().Since(Seconds(1)); }

constexpr double kSilence = -70;  // dBov: 50 dB below a voice.

TEST(RoomSimulation, ThreeCallersHearEachOtherAndNotThemselves) {
  Simulation sim({.seed = 1, .legs = 3});
  const Hertz tones[] = {Hertz(433), Hertz(719), Hertz(1103)};
  for (int i = 0; i < 3; ++i) sim.phone(i).Say(Tone(tones[i], -20));
  sim.Run(Seconds(6));
  for (int listener = 0; listener < 3; ++listener) {
    for (int speaker = 0; speaker < 3; ++speaker) {
      SCOPED_TRACE(testing::Message() << listener << " hears " << speaker);
      const double level = Settled(sim, listener).LevelAt(tones[speaker]);
      if (listener == speaker) {
        EXPECT_LT(level, kSilence);
      } else {
        EXPECT_NEAR(level, -20, 0.5);
      }
    }
    EXPECT_EQ(Settled(sim, listener).longest_gap(), Milliseconds(0));
  }
  EXPECT_GT(sim.mixes_checked(), 3 * 200);
}

TEST(RoomSimulation, ACleanNetworkConcealsNothingForAMinute) {
  Simulation sim({.seed = 2, .legs = 4});
  for (int i = 0; i < 4; ++i) sim.phone(i).Say(Tone(Hertz(300.0 + 200 * i)));
  sim.Run(Seconds(60));
  for (int i = 0; i < 4; ++i) {
    const auto statistics = sim.leg(i).statistics();
    EXPECT_EQ(statistics.concealed_network, 0u);
    EXPECT_EQ(statistics.packets_lost, 0);
    EXPECT_EQ(statistics.samples_inserted + statistics.samples_removed, 0u);
    EXPECT_LT(statistics.jitter_buffer_delay_max, Milliseconds(35));
    EXPECT_GE(statistics.packets_received, 2999u);
  }
}

TEST(RoomSimulation, SpeakerIsHeardWhileOnePacketInTenIsLost) {
  Simulation sim({.seed = 7, .legs = 2000});
  sim.phone(0).uplink().LoseOneIn(10);
  sim.phone(0).Say(Tone(Hertz(440)));
  sim.Run(Seconds(4));
  EXPECT_LT(Settled(sim, 1).longest_gap(), Milliseconds(5));
  EXPECT_NEAR(Settled(sim, 1).LevelAt(Hertz(440)), -20, 1);
  // Two thousand listeners of two codecs and one speaker: two encodes a tick.
  EXPECT_LE(sim.room(0).statistics().encodes_last_tick, 3u);
}

TEST(RoomSimulation, SpeakerIsHeardThroughJitterReorderingAndDuplicates) {
  for (int jitter_ms : {20, 50, 100}) {
    SCOPED_TRACE(testing::Message() << jitter_ms << " ms of jitter");
    Simulation sim({.seed = 11, .legs = 2});
    sim.phone(0)
        .uplink()
        .Delay(Milliseconds(30))
        .Jitter(Milliseconds(jitter_ms))
        .DuplicateOneIn(20);
    sim.phone(0).Say(Tone(Hertz(440)));
    sim.Run(Seconds(20));
    const Hearing heard = sim.phone(1).heard().Since(Seconds(4));
    EXPECT_LT(heard.longest_gap(), Milliseconds(20));
    EXPECT_NEAR(heard.LevelAt(Hertz(440)), -20, 2);
    EXPECT_LE(sim.leg(0).statistics().jitter_buffer_delay_max, Milliseconds(220));
  }
}

TEST(RoomSimulation, BurstsOfLossLeaveNoGapAboveSixtyMilliseconds) {
  Simulation sim({.seed = 12, .legs = 2});
  sim.phone(0).uplink().LoseBursts(60, 3);  // 60 ms each, 5 % in all.
  sim.phone(0).Say(Tone(Hertz(440)));
  sim.Run(Seconds(20));
  EXPECT_LE(Settled(sim, 1).longest_gap(), Milliseconds(60));
}

TEST(RoomSimulation, SkewedClocksInsertAndDropNothingThatIsHeard) {
  Simulation sim({.seed = 13, .legs = 3});
  sim.phone(0).Skew(300);
  sim.phone(1).Skew(-300);
  sim.phone(0).Say(Tone(Hertz(440)));
  sim.phone(1).Say(Tone(Hertz(900)));
  sim.Run(Seconds(300));
  const Hearing heard = Settled(sim, 2);
  EXPECT_EQ(heard.longest_gap(), Milliseconds(0));
  EXPECT_EQ(sim.leg(0).statistics().concealed_network, 0u);
  EXPECT_EQ(sim.leg(1).statistics().concealed_network, 0u);
  EXPECT_LT(sim.leg(0).statistics().jitter_buffer_delay_max, Milliseconds(60));
  EXPECT_LT(sim.leg(1).statistics().jitter_buffer_delay_max, Milliseconds(60));
}

TEST(RoomSimulation, FiveHundredSilentLegsGiveSilence) {
  Simulation sim({.seed = 3, .legs = 500, .pcmu_one_in = 1'000'000});  // A-law: 0xD5 decodes to 8.
  sim.Run(Seconds(3));
  for (int i = 0; i < 3; ++i) EXPECT_LE(sim.phone(i).heard().largest_sample(), 8);
  EXPECT_EQ(sim.room(0).statistics().encodes_common, sim.room(0).statistics().ticks);
  EXPECT_EQ(sim.room(0).statistics().encodes_own, 0u);
}

TEST(RoomSimulation, OneVoiceAmongFiveHundredSilentLegsIsHeardAsItIs) {
  Simulation sim({.seed = 4, .legs = 500});
  sim.phone(0).Say(Tone(Hertz(440)));
  sim.Run(Seconds(3));
  const Hearing heard = Settled(sim, 1);
  EXPECT_NEAR(heard.LevelAt(Hertz(440)), -20, 0.5);
  EXPECT_NEAR(heard.Level(), -20, 0.5);
}

TEST(RoomSimulation, AsManyLoudVoicesAsMayBeHeardNeverWrap) {
  Simulation sim({.seed = 5, .legs = 10, .speakers_max = 8});
  for (int i = 0; i < 8; ++i) sim.phone(i).Say(Tone(Hertz(310.0 + 137 * i), -6));
  sim.Run(Seconds(4));
  const Hearing heard = Settled(sim, 9);
  EXPECT_LE(heard.largest_sample(), 32'767);
  for (int i = 0; i < 8; ++i) EXPECT_GT(heard.LevelAt(Hertz(310.0 + 137 * i)), -24);
  EXPECT_LT(heard.LevelAt(Hertz(2900)), -45);  // No distortion to speak of.
}

TEST(RoomSimulation, TheLoudestAreHeardWhenTooManyTalk) {
  Simulation sim({.seed = 6, .legs = 6, .speakers_max = 2});
  for (int i = 0; i < 4; ++i) sim.phone(i).Say(Tone(Hertz(401.0 + 206 * i), i < 2 ? -15 : -30));
  sim.Run(Seconds(4));
  const Hearing heard = sim.phone(5).heard().Since(Seconds(2));
  EXPECT_NEAR(heard.LevelAt(Hertz(401)), -15, 1);
  EXPECT_NEAR(heard.LevelAt(Hertz(607)), -15, 1);
  EXPECT_LT(heard.LevelAt(Hertz(813)), kSilence);
  EXPECT_LT(heard.LevelAt(Hertz(1019)), kSilence);
}

TEST(RoomSimulation, AFirstSyllableIsNotCut) {
  Simulation sim({.seed = 8, .legs = 40, .speakers_max = 4});
  sim.Run(Seconds(2));
  sim.phone(0).Say(Tone(Hertz(440)));
  sim.Run(Seconds(1));
  // From the first tone to the end there is no gap, and its length is all that was said.
  const Hearing heard = sim.phone(1).heard();
  int64_t loud = 0;
  for (int16_t sample : heard.samples()) loud += sample > 500 || sample < -500;
  const Hearing steady = heard.Since(Seconds(2) + Milliseconds(500));
  int64_t loud_steady = 0;
  for (int16_t sample : steady.samples()) loud_steady += sample > 500 || sample < -500;
  const double share =
      static_cast<double>(loud_steady) / static_cast<double>(steady.samples().size());
  EXPECT_GT(static_cast<double>(loud), share * (8000 - 45 * 8));  // All but the delay.
}

TEST(RoomSimulation, ADigitIsToldOnceAndNeverHeard) {
  Simulation sim({.seed = 9, .legs = 3});
  sim.Run(Seconds(1));
  sim.phone(0).Press("5", /*leaks=*/true);  // Its tone is in the audio as well.
  sim.Run(Seconds(2));
  EXPECT_EQ(sim.DigitsOf(0), "5");
  EXPECT_LE(sim.phone(1).heard().largest_sample(), 8);
}

TEST(RoomSimulation, ATalkGoesOnAfterADigit) {
  Simulation sim({.seed = 9, .legs = 3});
  sim.phone(0).Say(Tone(Hertz(440)));
  sim.Run(Seconds(1));
  sim.phone(0).Press("5");
  sim.Run(Seconds(2));
  const Hearing heard = sim.phone(1).heard();
  EXPECT_NEAR(heard.Since(Milliseconds(1300)).LevelAt(Hertz(440)), -20, 1);
  EXPECT_LT(heard.Since(Milliseconds(500)).longest_gap(), Milliseconds(230));
  EXPECT_EQ(sim.leg(0).statistics().concealed_network, 0u);
}

TEST(RoomSimulation, EveryDigitArrivesOnceThoughOnePacketInTenIsLost) {
  Simulation sim({.seed = 10, .legs = 2});
  sim.phone(0).uplink().LoseOneIn(10).DuplicateOneIn(10).Jitter(Milliseconds(30));
  std::string pressed;
  for (int i = 0; i < 20; ++i) {
    const std::string digits = "0123456789*#1100";
    sim.phone(0).Press(digits);
    pressed += digits;
    sim.Run(Seconds(5));
  }
  EXPECT_EQ(sim.DigitsOf(0), pressed);
}

TEST(RoomSimulation, ADigitThatSignalingTellsAsWellCountsOnce) {
  Simulation sim({.seed = 14, .legs = 2});
  sim.Run(Seconds(1));
  sim.phone(0).Press("7");
  sim.Run(Milliseconds(200));
  sim.leg(0).InjectDigit('7', sim.now());
  sim.leg(0).InjectDigit('8', sim.now());
  sim.Run(Seconds(1));
  EXPECT_EQ(sim.DigitsOf(0), "78");
}

TEST(RoomSimulation, DigitsAreSentToAPhone) {
  Simulation sim({.seed = 15, .legs = 2});
  sim.Run(Milliseconds(500));
  EXPECT_TRUE(sim.leg(1).SendDigits("42#", Milliseconds(100)));
  sim.Run(Seconds(2));
  EXPECT_EQ(sim.phone(1).digits_heard(), "42#");
}

PlaybackPlan Melody(uint64_t id, MediaDuration length, bool ends_at_digit = false) {
  PlaybackPlan plan;
  plan.id = id;
  plan.items.push_back(mixer::media::Tone{.frequency_hz = 1000, .duration = length});
  plan.ends_at_digit = ends_at_digit;
  return plan;
}

std::vector<RoomEvent> PlaybackEnds(const Simulation& sim) {
  std::vector<RoomEvent> ends;
  for (const RoomEvent& event : sim.events()) {
    if (event.kind == RoomEventKind::kPlaybackEnded) ends.push_back(event);
  }
  return ends;
}

TEST(RoomSimulation, APromptIsHeardByItsLegAloneAndToldWhenItEnds) {
  Simulation sim({.seed = 16, .legs = 3});
  sim.Run(Seconds(1));
  const auto began = sim.now();
  sim.PlayToLeg(1, Melody(77, Seconds(2)));
  sim.Run(Seconds(3));
  const auto ends = PlaybackEnds(sim);
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0].playback_id, 77u);
  EXPECT_EQ(ends[0].leg.value, 2u);
  EXPECT_EQ(ends[0].playback_end, PlaybackEnd::kCompleted);
  EXPECT_NEAR((ends[0].time - began).milliseconds(), 2000, 21);
  EXPECT_NEAR(Settled(sim, 1).Until(Milliseconds(1900)).LevelAt(Hertz(1000)), -20, 0.5);
  EXPECT_LT(Settled(sim, 0).LevelAt(Hertz(1000)), kSilence);
}

TEST(RoomSimulation, ADigitEndsAPromptInTheSameTick) {
  Simulation sim({.seed = 17, .legs = 1});
  sim.PlayToLeg(0, Melody(5, Seconds(60), /*ends_at_digit=*/true));
  sim.Run(Seconds(2));
  sim.phone(0).Press("3");
  sim.Run(Seconds(1));
  const auto ends = PlaybackEnds(sim);
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0].playback_end, PlaybackEnd::kBargedIn);
  for (const RoomEvent& event : sim.events()) {
    EXPECT_TRUE(event.kind != RoomEventKind::kDigit || event.time == ends[0].time);
  }
  EXPECT_LT(sim.phone(0).heard().Since(Milliseconds(2300)).Level(), kSilence);
}

TEST(RoomSimulation, AnAnnouncementIsHeardByAllBesideTheSpeakers) {
  Simulation sim({.seed = 18, .legs = 3});
  sim.phone(0).Say(Tone(Hertz(440)));
  sim.Run(Seconds(1));
  sim.PlayToRoom(0, Melody(9, Seconds(2)));
  sim.Run(Seconds(3));
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(Settled(sim, i).Until(Milliseconds(1900)).LevelAt(Hertz(1000)), -20, 1) << i;
  }
  EXPECT_NEAR(Settled(sim, 1).LevelAt(Hertz(440)), -20, 0.5);
  ASSERT_EQ(PlaybackEnds(sim).size(), 1u);
  EXPECT_EQ(PlaybackEnds(sim)[0].leg.value, 0u);
}

TEST(RoomSimulation, MuteDeafHoldAndGainDoWhatTheySay) {
  Simulation sim({.seed = 19, .legs = 5});
  for (int i = 0; i < 4; ++i) sim.phone(i).Say(Tone(Hertz(400.0 + 200 * i)));
  sim.leg(0).SetMuted(true);
  sim.leg(1).SetDeaf(true);
  sim.leg(2).SetHold(true);
  sim.leg(3).SetGain(Gain::FromDecibels(-10));
  sim.leg(4).SetListenGain(Gain::FromDecibels(-6));
  sim.Run(Seconds(4));
  const Hearing muted = Settled(sim, 0);  // Hears the deaf one and the quiet one.
  EXPECT_NEAR(muted.LevelAt(Hertz(600)), -20, 0.5);
  EXPECT_LT(muted.LevelAt(Hertz(800)), kSilence);
  EXPECT_NEAR(muted.LevelAt(Hertz(1000)), -30, 0.5);
  EXPECT_LT(Settled(sim, 1).Level(), kSilence);
  EXPECT_LT(Settled(sim, 2).Level(), kSilence);
  const Hearing quiet = Settled(sim, 4);
  EXPECT_LT(quiet.LevelAt(Hertz(400)), kSilence);
  EXPECT_NEAR(quiet.LevelAt(Hertz(600)), -26, 0.5);
  EXPECT_NEAR(quiet.LevelAt(Hertz(1000)), -36, 0.5);
}

TEST(RoomSimulation, AMoveWhileTalkingLeavesNoGap) {
  Simulation sim({.seed = 20, .legs = 4, .rooms = 2});
  sim.phone(0).Say(Tone(Hertz(440)));   // Room 0, with leg 2.
  sim.phone(1).Say(Tone(Hertz(1000)));  // Room 1, with leg 3.
  sim.Run(Seconds(3));
  sim.MoveLeg(2, 1);
  sim.Run(Seconds(3));
  const Hearing heard = sim.phone(2).heard();
  EXPECT_NEAR(heard.Since(Seconds(1)).Until(Milliseconds(1800)).LevelAt(Hertz(440)), -20, 0.5);
  EXPECT_NEAR(heard.Since(Milliseconds(3300)).LevelAt(Hertz(1000)), -20, 0.5);
  EXPECT_LE(heard.Since(Seconds(1)).longest_gap(), Milliseconds(20));
  // The one who talks moves: the others there hear him at once.
  sim.MoveLeg(0, 1);
  sim.Run(Seconds(2));
  EXPECT_NEAR(sim.phone(3).heard().Since(Milliseconds(6300)).LevelAt(Hertz(440)), -20, 0.5);
  // Its ticks were 10 to 30 ms apart for once; more than one frame was not late for that.
  EXPECT_LE(sim.leg(0).statistics().concealed_network, 1u);
}

TEST(RoomSimulation, ChurnLeavesTheOthersAlone) {
  Simulation sim({.seed = 21, .legs = 60, .rooms = 3});
  sim.phone(0).Say(Tone(Hertz(440)));
  SeededRandom random(21);
  std::set<int> gone;
  for (int i = 0; i < 400; ++i) {
    sim.Run(Milliseconds(20));
    const int leg = 6 + static_cast<int>(random.Below(54));
    const int room = static_cast<int>(random.Below(3));
    if (gone.erase(leg) > 0) {
      sim.AddLegAgain(leg, room);
    } else if (random.OneIn(2)) {
      sim.RemoveLeg(leg);
      gone.insert(leg);
    } else {
      sim.MoveLeg(leg, room);
    }
  }
  EXPECT_EQ(Settled(sim, 3).longest_gap(), Milliseconds(0));
  EXPECT_NEAR(Settled(sim, 3).LevelAt(Hertz(440)), -20, 0.5);
}

TEST(RoomSimulation, ALegWithoutRtpTimesOutOnceAndComesBack) {
  Simulation sim({.seed = 26, .legs = 2});
  sim.Run(Seconds(2));
  EXPECT_EQ(sim.CountEvents(RoomEventKind::kMediaStarted), 2);
  sim.phone(0).StopSending();
  sim.Run(Seconds(29));
  EXPECT_EQ(sim.CountEvents(RoomEventKind::kMediaTimedOut), 0);
  sim.Run(Seconds(10));
  EXPECT_EQ(sim.CountEvents(RoomEventKind::kMediaTimedOut), 1);
  sim.phone(0).StartSending();
  sim.Run(Seconds(1));
  EXPECT_EQ(sim.CountEvents(RoomEventKind::kMediaStarted), 3);
}

TEST(RoomSimulation, ALegOnHoldDoesNotTimeOut) {
  Simulation sim({.seed = 27, .legs = 2});
  sim.Run(Seconds(2));
  sim.leg(0).SetHold(true);
  sim.phone(0).StopSending();
  sim.Run(Seconds(60));
  EXPECT_EQ(sim.CountEvents(RoomEventKind::kMediaTimedOut), 0);
  sim.leg(0).SetHold(false);
  sim.Run(Seconds(31));
  EXPECT_EQ(sim.CountEvents(RoomEventKind::kMediaTimedOut), 1);
}

TEST(RoomSimulation, SpeakingIsToldWhenItBeginsAndEnds) {
  Simulation sim({.seed = 28, .legs = 2});
  sim.Run(Seconds(1));
  sim.phone(0).Say(Tone(Hertz(440)));
  sim.Run(Seconds(2));
  EXPECT_EQ(sim.CountEvents(RoomEventKind::kSpeaking), 1);
  EXPECT_EQ(sim.CountEvents(RoomEventKind::kSilent), 0);
  EXPECT_TRUE(sim.leg(0).statistics().is_speaking);
  EXPECT_NEAR(sim.leg(0).statistics().level.dbov(), -20, 0.5);
  sim.phone(0).Hush();
  sim.Run(Seconds(1));
  EXPECT_EQ(sim.CountEvents(RoomEventKind::kSilent), 1);
}

TEST(RoomSimulation, ReportsGoToEveryPhoneEveryFewSeconds) {
  Simulation sim({.seed = 29, .legs = 20});
  sim.Run(Seconds(60));
  EXPECT_NEAR(static_cast<double>(sim.rtcp_sent()), 20 * 12, 20 * 2);
  EXPECT_EQ(sim.sent_elsewhere(), 0);
}

TEST(RoomSimulation, AStallOfTheNetworkDoesNotLeaveALastingDelay) {
  Simulation sim({.seed = 30, .legs = 2});
  sim.phone(0).Say(Tone(Hertz(440)));
  sim.Run(Seconds(2));
  sim.phone(0).uplink().Delay(Milliseconds(150));
  sim.Run(Seconds(5));
  sim.phone(0).uplink().Delay(Milliseconds(0));
  sim.Run(Seconds(5));
  EXPECT_LT(sim.leg(0).statistics().jitter_buffer_delay, Milliseconds(45));
}

}  // namespace
}  // namespace narada::simulation
