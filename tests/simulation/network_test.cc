// Bad networks, each codec, in real rooms: speech goes on, delay stays below its ceiling and comes
// back to normal (features.md 1, 19; reliability.md V11 and section 3). Prints what was heard.
#include <algorithm>
#include <cstdio>
#include <string>

#include "gtest/gtest.h"
#include "tests/simulation/simulation.h"

namespace narada::simulation {
namespace {

using mixer::MediaDuration;
using mixer::Milliseconds;
using mixer::Seconds;
using mixer::codec::CodecFormat;
using mixer::codec::CodecId;
using mixer::room::LegStatistics;

constexpr Hertz kTone(440);
constexpr MediaDuration kCeiling = Milliseconds(200);

class BadNetwork : public testing::TestWithParam<CodecFormat> {
 protected:
  // One who speaks over the bad network, one who listens over a good one, in the same codec.
  explicit BadNetwork()
      : sim_({.seed = 101, .legs = 2, .formats = {GetParam()}, .delay_max = kCeiling}) {
    sim_.phone(0).Say(Tone(kTone));
    sim_.Run(Seconds(2));
  }

  // A network that is good again needs a tick, the start's margin and what time-scaling waits for;
  // packets longer than a tick as much more.
  static MediaDuration Normal() {
    return Milliseconds(50) + std::max(GetParam().ptime - Milliseconds(20), Milliseconds(0));
  }
  LegStatistics Speaker() { return sim_.leg(0).statistics(); }
  Hearing Heard(MediaDuration since) { return sim_.phone(1).heard().Since(since); }
  bool IsOf20Ms() const { return GetParam().ptime <= Milliseconds(20); }

  void Report(const char* what, const Hearing& heard) {
    const LegStatistics statistics = Speaker();
    std::printf(
        "%s %lld ms, %s: level %.1f dBov, longest gap %lld ms, delay %lld ms, at the worst "
        "%lld ms, concealed %llu, ceiling %llu\n",
        mixer::codec::EncodingName(GetParam().id),
        static_cast<long long>(GetParam().ptime.milliseconds()), what, heard.Level(),
        static_cast<long long>(heard.longest_gap().milliseconds()),
        static_cast<long long>(statistics.jitter_buffer_delay.milliseconds()),
        static_cast<long long>(statistics.jitter_buffer_delay_max.milliseconds()),
        static_cast<unsigned long long>(statistics.concealed_network),
        static_cast<unsigned long long>(statistics.concealed_ceiling));
  }

  Simulation sim_;
};

TEST_P(BadNetwork, F1SpeechGoesOnThoughPacketsAreLost) {
  MediaDuration begin = Seconds(3);
  for (const int one_in : {100, 20, 10}) {
    sim_.phone(0).uplink().LoseOneIn(one_in);
    sim_.Run(Seconds(10));
    const Hearing heard = Heard(begin).Until(Seconds(9));
    Report(one_in == 100 ? "1 % lost" : one_in == 20 ? "5 % lost" : "10 % lost", heard);
    EXPECT_NEAR(heard.Level(), -20, one_in == 10 ? 2 : 1);
    // A gap is what is 20 dB fainter. One in twenty: 60 ms at the most; one in ten may lose five in
    // a row.
    if (IsOf20Ms()) {
      EXPECT_LE(heard.longest_gap(), Milliseconds(one_in == 10 ? 100 : 60));
    }
    begin += Seconds(10);
  }
  EXPECT_LE(Speaker().jitter_buffer_delay_max, kCeiling);
}

TEST_P(BadNetwork, F1DelayStaysBelowItsCeilingUnderJitterAndComesBackWithinFiveSeconds) {
  for (const int jitter_ms : {50, 100}) {
    sim_.phone(0).uplink().Jitter(Milliseconds(jitter_ms));
    const MediaDuration begin = sim_.phone(1).heard().length() + Seconds(5);
    sim_.Run(Seconds(12));
    const Hearing heard = Heard(begin).Until(Seconds(6));
    Report(jitter_ms == 50 ? "50 ms of jitter" : "100 ms of jitter", heard);
    EXPECT_NEAR(heard.Level(), -20, 1);
    EXPECT_LE(heard.longest_gap(), Milliseconds(60));
    EXPECT_LE(Speaker().jitter_buffer_delay_max, kCeiling);
    sim_.phone(0).uplink().Jitter(Milliseconds(0));
    const auto concealed = Speaker().concealed_network;
    sim_.Run(Seconds(5));
    // Shortened, not skipped: nothing is missing on the way back.
    EXPECT_LE(Speaker().jitter_buffer_delay, Normal());
    EXPECT_LE(Speaker().concealed_network, concealed + 3);
    EXPECT_EQ(Speaker().concealed_ceiling, 0u);
  }
}

TEST_P(BadNetwork, F1AStallLeavesNoLastingDelay) {
  for (const int stall_ms : {150, 400, 2000}) {
    sim_.phone(0).uplink().Delay(Milliseconds(stall_ms));  // As if held back, and
    sim_.Run(Milliseconds(stall_ms + 200));
    sim_.phone(0).uplink().Delay(Milliseconds(0));  // let go all at once.
    sim_.Run(Seconds(5));
    EXPECT_LE(Speaker().jitter_buffer_delay, Normal()) << stall_ms;
    EXPECT_LE(Speaker().jitter_buffer_delay_max, kCeiling + Milliseconds(20)) << stall_ms;
  }
  const Hearing heard = Heard(sim_.phone(1).heard().length() - Seconds(2));
  EXPECT_NEAR(heard.LevelAt(kTone), -20, 0.5);
}

TEST_P(BadNetwork, F19DuplicatesAndReorderingChangeNothing) {
  sim_.phone(0).uplink().DuplicateOneIn(3).ReorderOneIn(5, Milliseconds(25));
  sim_.Run(Seconds(10));
  const Hearing heard = Heard(Seconds(6)).Until(Seconds(5));
  Report("duplicates, reordering", heard);
  EXPECT_NEAR(heard.Level(), -20, 0.5);
  EXPECT_LE(heard.longest_gap(), Milliseconds(5));
}

TEST_P(BadNetwork, V11AJumpOrARestartIsFollowedWithinAHundredMilliseconds) {
  for (const int64_t jump :
       {int64_t{1}, int64_t{-1}, int64_t{1} << 15, int64_t{1} << 31, int64_t{-1'000'000}}) {
    sim_.phone(0).JumpTimestamps(jump);
    sim_.Run(Seconds(4));
  }
  sim_.phone(0).Restart();
  sim_.Run(Seconds(4));
  sim_.phone(0).ChangeSsrc();
  sim_.Run(Seconds(4));
  const Hearing heard = Heard(Seconds(1));
  Report("jumps and restarts", heard);
  EXPECT_LE(heard.longest_gap(), IsOf20Ms() ? Milliseconds(100) : 3 * GetParam().ptime);
  // A new stream's clock is found within three seconds; until then it is a little off the tone.
  EXPECT_NEAR(Heard(sim_.phone(1).heard().length() - Seconds(1)).LevelAt(kTone), -20, 0.5);
}

TEST_P(BadNetwork, V11TimestampsThatStandStillHarmNobodyAndAreFollowedWhenTheyGoOn) {
  sim_.phone(0).HoldTimestamps(true);
  sim_.Run(Seconds(3));
  sim_.phone(0).HoldTimestamps(false);
  const MediaDuration gone_on = sim_.phone(1).heard().length();
  sim_.Run(Seconds(6));
  const Hearing heard = Heard(gone_on);
  Report("timestamps that stood still", heard);
  // Behind what was on its way.
  EXPECT_LE(heard.longest_gap(), IsOf20Ms() ? Milliseconds(150) : 4 * GetParam().ptime);
  EXPECT_NEAR(Heard(sim_.phone(1).heard().length() - Seconds(1)).LevelAt(kTone), -20, 0.5);
  EXPECT_LE(Speaker().jitter_buffer_delay_max, kCeiling + Milliseconds(20));
}

TEST_P(BadNetwork, APauseIsNoLossAndTheNextWordIsHeardWhole) {
  // Silence of the sender's own (DTX): it begins and ends without a loss being counted.
  Simulation sim({.seed = 102,
                  .legs = 2,
                  .formats = {GetParam()},
                  .discontinuous_one_in = 1,
                  .delay_max = kCeiling});
  for (int word = 0; word < 8; ++word) {
    sim.phone(0).Say(Tone(kTone));
    sim.Run(Milliseconds(600));
    sim.phone(0).Hush();
    sim.Run(Milliseconds(700));
  }
  const LegStatistics statistics = sim.leg(0).statistics();
  EXPECT_EQ(statistics.concealed_network, 0u);
  EXPECT_EQ(statistics.concealed_codec, 0u);
  // Eight words, each as long as it was said.
  const Hearing heard = sim.phone(1).heard();
  const auto samples = heard.samples();
  const size_t ms = samples.size() / static_cast<size_t>(heard.length().milliseconds());
  int64_t loud_ms = 0;
  for (size_t at = 0; at + 5 * ms <= samples.size(); at += 5 * ms) {
    int64_t energy = 0;
    for (size_t i = at; i < at + 5 * ms; ++i) energy += int32_t{samples[i]} * samples[i];
    if (energy > static_cast<int64_t>(5 * ms) * 1'000'000) loud_ms += 5;
  }
  // Its end fades out within 60 ms, behind what was still buffered.
  const int64_t ptime_ms = GetParam().ptime.milliseconds();
  EXPECT_GE(loud_ms, 8 * (600 - 10 - ptime_ms));
  EXPECT_LE(loud_ms, 8 * (600 + 80 + ptime_ms));
}

TEST_P(BadNetwork, F10DigitsAreToldOnceAndTheirTonesReachNobody) {
  sim_.phone(0).Hush();
  sim_.Run(Seconds(1));
  const MediaDuration begin = sim_.phone(1).heard().length();
  sim_.phone(0).uplink().LoseOneIn(20).Jitter(Milliseconds(30)).DuplicateOneIn(10);
  sim_.phone(0).Press("1590#", /*leaks=*/IsOf20Ms());
  sim_.Run(Seconds(3));
  EXPECT_EQ(sim_.DigitsOf(0), "1590#");
  EXPECT_LT(Heard(begin).LevelAt(Hertz(697)), -60);
  EXPECT_LT(Heard(begin).LevelAt(Hertz(1209)), -60);
}

// Its own tones included: see Simulation's checks. Also where silence is not sent, so that each press is a talk.
TEST_P(BadNetwork, F10NothingIsHeardOfAPhoneThatOnlyPressesKeys) {
  if (!IsOf20Ms()) return;  // Its tones would be longer than what its events tell of.
  for (const int discontinuous_one_in : {0, 1}) {
    Simulation sim({.seed = 103,
                    .legs = 2,
                    .formats = {GetParam()},
                    .discontinuous_one_in = discontinuous_one_in,
                    .delay_max = kCeiling});
    sim.phone(0).Say(Tone(kTone));
    sim.Run(Seconds(1));
    sim.phone(0).Hush();
    sim.Run(Seconds(1));
    sim.phone(0).Press("1", /*leaks=*/true);
    sim.Run(Milliseconds(1500));
    for (const char* digits : {"59", "0#", "*8"}) {
      sim.phone(0).Press(digits, /*leaks=*/true);
      sim.Run(Milliseconds(707));
    }
    sim.Run(Seconds(1));
    EXPECT_EQ(sim.DigitsOf(0), "1590#*8");
    EXPECT_GT(sim.keys_checked(), 100);
  }
}

INSTANTIATE_TEST_SUITE_P(Codecs, BadNetwork,
                         testing::Values(Format(CodecId::kPcma),
                                         Format(CodecId::kPcmu, Milliseconds(10)),
                                         Format(CodecId::kPcma, Milliseconds(30)),
                                         Format(CodecId::kPcmu, Milliseconds(60)),
                                         Format(CodecId::kG722), Format(CodecId::kOpus),
                                         Format(CodecId::kOpus, Milliseconds(60)),
                                         Format(CodecId::kL16At16k)),
                         [](const auto& info) {
                           return std::string(mixer::codec::EncodingName(info.param.id)) + "Of" +
                                  std::to_string(info.param.ptime.milliseconds()) + "ms" +
                                  std::to_string(info.index);
                         });

}  // namespace
}  // namespace narada::simulation
