// The same seed makes the same conference, to the bit, in every run and with every instruction set.
#include <string>

#include "gtest/gtest.h"
#include "mixer/dsp/kernels.h"
#include "tests/simulation/simulation.h"

namespace narada::simulation {
namespace {

using mixer::Gain;
using mixer::Milliseconds;
using mixer::Seconds;
using mixer::dsp::Kernels;

// Everything at once: loss, jitter, skew, gains, too loud a mix, digits, moves, prompts. Returns
// the checksum of all that was sent.
uint64_t Conference(uint64_t seed, const Kernels& kernels) {
  Simulation sim({.seed = seed, .legs = 24, .rooms = 3, .speakers_max = 4, .kernels = &kernels});
  for (int i = 0; i < 12; ++i) {
    sim.phone(i).Say(Tone(Hertz(200.0 + 133 * i), i % 3 == 0 ? -3 : -25));
    sim.phone(i).Skew(50 * i - 300);
    sim.phone(i).uplink().LoseOneIn(8 + i).Jitter(Milliseconds(5 * i)).DuplicateOneIn(30);
  }
  sim.phone(12).uplink().CorruptOneIn(3);
  sim.leg(1).SetGain(Gain::FromDecibels(7.5));
  sim.leg(2).SetListenGain(Gain::FromDecibels(-3.3));
  mixer::media::PlaybackPlan plan;
  plan.items.push_back(mixer::media::Tone{.frequency_hz = 1234, .duration = Seconds(2)});
  sim.PlayToLeg(5, plan);
  sim.PlayToRoom(1, std::move(plan));
  sim.Run(Seconds(3));
  sim.phone(3).Press("123");
  sim.MoveLeg(0, 1);
  sim.MoveLeg(4, 2);
  sim.phone(6).Hush();
  sim.Run(Seconds(3));
  return sim.checksum();
}

TEST(Replay, GivesTheSameDatagramsForTheSameSeed) {
  EXPECT_EQ(Conference(1, Kernels::Best()), Conference(1, Kernels::Best()));
}

TEST(Replay, GivesOtherDatagramsForAnotherSeed) {
  EXPECT_NE(Conference(1, Kernels::Best()), Conference(2, Kernels::Best()));
}

class ReplayWithVariant : public testing::TestWithParam<const char*> {};

TEST_P(ReplayWithVariant, GivesTheSameDatagramsAsTheScalarOne) {
  for (const Kernels* kernels : Kernels::Supported()) {
    if (std::string(kernels->name) != GetParam()) continue;
    EXPECT_EQ(Conference(3, *kernels), Conference(3, Kernels::Scalar()));
    return;
  }
  GTEST_SKIP() << "this CPU does not run " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Replay, ReplayWithVariant,
                         testing::ValuesIn(Kernels::BuiltNames().begin(),
                                           Kernels::BuiltNames().end()),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '.');
                           return name;
                         });

}  // namespace
}  // namespace narada::simulation
