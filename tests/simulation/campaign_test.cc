// Conferences that nobody has thought of: everything about them is drawn from a seed, thousands of
// legs in all, over networks that lose, delay, reorder, double and damage, from phones of all codecs,
// rates and packet times whose clocks run fast or slow, that come, go, move, fall silent, press keys
// and begin anew. What must hold at every tick is checked by the simulation itself (simulation.h);
// what must hold in the end is checked here. A failure names its seed.
//   bazel test //tests/simulation:campaign_test                                       a minute
//   bazel run -c opt //tests/simulation:campaign_test -- --seed=1 --runs=1000         as long as you like
//   bazel run -c opt //tests/simulation:campaign_test -- --seed=4711 --runs=1         the one that failed
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "tests/simulation/simulation.h"

namespace narada::simulation {
namespace {

using mixer::Gain;
using mixer::MediaDuration;
using mixer::Milliseconds;
using mixer::Seconds;
using mixer::codec::CodecFormat;
using mixer::codec::CodecId;
using mixer::media::PlaybackPlan;

uint64_t first_seed = 1;
int runs = 10;

// Up to eight, as many as a room shares.
std::vector<CodecFormat> DrawFormats(Random& random) {
  static const CodecFormat kAll[] = {Format(CodecId::kPcma),
                                     Format(CodecId::kPcmu),
                                     Format(CodecId::kPcma, Milliseconds(10)),
                                     Format(CodecId::kPcmu, Milliseconds(30)),
                                     Format(CodecId::kPcma, Milliseconds(60)),
                                     Format(CodecId::kG722),
                                     Format(CodecId::kG722, Milliseconds(40)),
                                     Format(CodecId::kL16At16k),
                                     Format(CodecId::kL16At8k),
                                     Format(CodecId::kOpus)};
  std::vector<CodecFormat> formats;
  const uint64_t count = 1 + random.Below(3);
  for (uint64_t i = 0; i < count; ++i) formats.push_back(kAll[random.Below(std::size(kAll))]);
  // One that is sent as it was summed, so that mixes of every rate are compared.
  const auto has = [&formats](CodecId id) {
    return std::any_of(formats.begin(), formats.end(),
                       [id](const CodecFormat& format) { return format.id == id; });
  };
  if (has(CodecId::kOpus)) {
    formats.push_back(Format(CodecId::kL16At48k, Milliseconds(10)));
  } else if (has(CodecId::kG722)) {
    formats.push_back(Format(CodecId::kL16At16k));
  }
  return formats;
}

class Campaign {
 public:
  explicit Campaign(uint64_t seed, int legs)
      : random_(seed), sim_(Options(seed, legs)), legs_(legs) {
    for (int i = 0; i < legs_; ++i) DrawNetwork(i);
    for (int i = 0; i < legs_; ++i) {
      if (random_.OneIn(3)) Talk(i);
    }
  }

  void Run(MediaDuration duration) {
    for (MediaDuration passed; passed < duration; passed += Milliseconds(100)) {
      const uint64_t happenings = random_.Below(1 + legs_ / 10);
      for (uint64_t i = 0; i < happenings; ++i) Happen();
      sim_.Run(Milliseconds(100));
    }
  }

  void CheckTheEnd() {
    EXPECT_EQ(sim_.sent_elsewhere(), 0);
    EXPECT_GT(sim_.datagrams_sent(), 0);
    for (int i = 0; i < legs_; ++i) {
      if (gone_.count(i) > 0) continue;
      SCOPED_TRACE(testing::Message() << "leg " << i);
      // No digit twice, none that was not pressed, and in order: what is told is what was pressed,
      // but for what the network lost.
      if (is_damaged_[i]) continue;
      const std::string told = sim_.DigitsOf(i), &pressed = pressed_[i];
      EXPECT_TRUE(IsPartOf(told, pressed)) << told << " of " << pressed;
      EXPECT_EQ(sim_.leg(i).statistics().dropped(mixer::room::LegDrop::kPayloadInvalid), 0u);
    }
  }

  const Simulation& sim() const { return sim_; }

 private:
  SimulationOptions Options(uint64_t seed, int legs) {
    return {.seed = seed,
            .legs = legs,
            .rooms = 1 + static_cast<int>(random_.Below(1 + legs / 8)),
            .speakers_max = 1 + static_cast<int>(random_.Below(8)),
            .listening_max = 0,
            .formats = DrawFormats(random_),
            .discontinuous_one_in = static_cast<int>(random_.Below(5)),
            .equalises_levels = random_.OneIn(2),
            .delay_max = Milliseconds(80 + 20 * static_cast<int64_t>(random_.Below(15)))};
  }

  void DrawNetwork(int i) {
    pressed_.resize(legs_);
    is_damaged_.resize(legs_);
    Phone& phone = sim_.phone(i);
    phone.Skew(static_cast<int>(random_.Between(-300, 300)));
    Link& link = phone.uplink();
    link.Delay(Milliseconds(random_.Between(0, 150)));
    switch (random_.Below(6)) {
      case 0:
        link.LoseOneIn(static_cast<int>(random_.Between(5, 100)));
        break;
      case 1:
        link.LoseBursts(static_cast<int>(random_.Between(50, 500)),
                        static_cast<int>(random_.Between(2, 40)));
        break;
      case 2:
        link.Jitter(Milliseconds(random_.Between(5, 150)));
        break;
      case 3:
        link.DuplicateOneIn(static_cast<int>(random_.Between(2, 50)))
            .ReorderOneIn(static_cast<int>(random_.Between(2, 50)),
                          Milliseconds(random_.Between(5, 60)));
        break;
      case 4:
        link.CorruptOneIn(static_cast<int>(random_.Between(2, 50)));
        is_damaged_[i] = true;
        break;
      default:  // A good one.
        break;
    }
  }

  void Talk(int i) {
    sim_.phone(i).Say(Tone(Hertz(static_cast<double>(random_.Between(150, 3000))),
                           static_cast<double>(random_.Between(-45, -3))));
  }

  void Happen() {
    const int i = static_cast<int>(random_.Below(legs_));
    if (gone_.count(i) > 0) {
      if (random_.OneIn(2)) {
        sim_.AddLegAgain(i, DrawRoom());
        gone_.erase(i);
        pressed_[i].clear();
        is_damaged_[i] = true;  // Its digits so far count for another leg.
      }
      return;
    }
    Phone& phone = sim_.phone(i);
    switch (random_.Below(14)) {
      case 0:
      case 1:
        return Talk(i);
      case 2:
      case 3:
        return phone.Hush();
      case 4:
        return sim_.MoveLeg(i, DrawRoom());
      case 5:
        if (sim_.leg(i).room() == nullptr) return;
        sim_.RemoveLeg(i);
        gone_.insert(i);
        return;
      case 6:
        return sim_.leg(i).SetMuted(random_.OneIn(2));
      case 7:
        return sim_.leg(i).SetGain(
            Gain::FromDecibels(static_cast<double>(random_.Between(-20, 12))));
      case 8:
        return sim_.leg(i).SetListenGain(
            random_.OneIn(2) ? Gain::Unity()
                             : Gain::FromDecibels(static_cast<double>(random_.Between(-20, 6))));
      case 9:
        return Press(i);
      case 10:
        return phone.ChangeSsrc();
      case 11:
        return random_.OneIn(2) ? phone.Restart()
                                : phone.JumpTimestamps(static_cast<int64_t>(random_.Next() >> 33));
      case 12:
        return Play(i);
      default:
        return sim_.leg(i).SetHold(random_.OneIn(2));
    }
  }

  int DrawRoom() { return static_cast<int>(random_.Below(sim_.room_count())); }

  void Press(int i) {
    std::string digits;
    for (uint64_t n = 1 + random_.Below(4); n > 0; --n) digits += "0123456789*#"[random_.Below(12)];
    pressed_[i] += digits;
    // Every other phone says the tones as well.
    const bool leaks = i % 2 == 0 && sim_.phone(i).format().ptime <= Milliseconds(20);
    sim_.phone(i).Press(digits, leaks);
  }

  void Play(int i) {
    PlaybackPlan plan;
    plan.items.push_back(mixer::media::Tone{.frequency_hz = 1000,
                                            .duration = Milliseconds(random_.Between(20, 1500))});
    if (random_.OneIn(3)) return sim_.PlayToRoom(DrawRoom(), std::move(plan));
    sim_.PlayToLeg(i, std::move(plan));
  }

  static bool IsPartOf(const std::string& part, const std::string& whole) {
    size_t at = 0;
    for (const char digit : whole) {
      if (at < part.size() && part[at] == digit) ++at;
    }
    return at == part.size();
  }

  SeededRandom random_;
  Simulation sim_;
  const int legs_;
  std::set<int> gone_;
  std::vector<std::string> pressed_;
  std::vector<bool> is_damaged_;
};

TEST(Campaign, NoConferenceBreaksARule) {
  int64_t exact = 0;
  int64_t keys = 0;
  for (int run = 0; run < runs && !testing::Test::HasFailure(); ++run) {
    const uint64_t seed = first_seed + static_cast<uint64_t>(run);
    SCOPED_TRACE(testing::Message() << "replay: --seed=" << seed << " --runs=1");
    SeededRandom random(seed);
    const int legs = static_cast<int>(random.Between(2, seed % 8 == 0 ? 400 : 60));
    Campaign campaign(seed, legs);
    campaign.Run(Seconds(6));
    campaign.CheckTheEnd();
    const Simulation& sim = campaign.sim();
    exact += sim.mixes_checked();
    keys += sim.keys_checked();
    std::printf("seed %llu: %d legs, %lld datagrams, %lld mixes found exact, worst delay %lld ms\n",
                static_cast<unsigned long long>(seed), legs,
                static_cast<long long>(sim.datagrams_sent()),
                static_cast<long long>(sim.mixes_checked()),
                static_cast<long long>(sim.worst_delay().milliseconds()));
    std::fflush(stdout);
  }
  if (runs >= 10) {  // A single one may have nothing to compare.
    EXPECT_GT(exact, 0);
    EXPECT_GT(keys, 0);
  }
}

// Two thousand at once, and the same again: to the bit.
TEST(Campaign, ThousandsOfLegsGiveTheSameDatagramsTwice) {
  uint64_t checksums[2];
  for (uint64_t& checksum : checksums) {
    Campaign campaign(first_seed + 1'000'000, 2000);
    campaign.Run(Milliseconds(700));
    checksum = campaign.sim().checksum();
  }
  EXPECT_EQ(checksums[0], checksums[1]);
}

}  // namespace
}  // namespace narada::simulation

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.rfind("--seed=", 0) == 0) {
      narada::simulation::first_seed = std::strtoull(argument.c_str() + 7, nullptr, 10);
    } else if (argument.rfind("--runs=", 0) == 0) {
      narada::simulation::runs = std::atoi(argument.c_str() + 7);
    }
  }
  return RUN_ALL_TESTS();
}
