// How fast are the loops over samples, on this CPU's every instruction set?
//
// Input: seeded noise of speech's loudness, frames of 160 samples (8 kHz) and 960 (48 kHz), in L1.
// Each benchmark first checks that its variant gives the scalar one's bits.
//   items_per_second  samples that went in, per second
//   ratio_to_scalar   the scalar kernel's time for the same in the same run, over this one's
//   speakers_per_core (MixOfThree) frames of 20 ms that one core can mix in 20 ms
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "benchmark/benchmark.h"
#include "mixer/dsp/kernels.h"

namespace narada::mixer::dsp {
namespace {

constexpr int kSpeakers = 3;

struct Voices {
  explicit Voices(size_t samples) : sum(samples), out(samples) {
    SeededRandom random(1);
    for (auto& frame : frames) {
      frame.resize(samples);
      for (int16_t& sample : frame) sample = static_cast<int16_t>(random.Between(-6000, 6000));
    }
  }
  std::vector<int16_t> frames[kSpeakers];
  std::vector<int32_t> sum;
  std::vector<int16_t> out;
};

// Sums three speakers and writes four mixes: the common one and each speaker's own.
void MixThree(const Kernels& kernels, Voices& voices) {
  const size_t samples = voices.sum.size();
  std::fill(voices.sum.begin(), voices.sum.end(), 0);
  for (const auto& frame : voices.frames) kernels.Add(voices.sum.data(), frame.data(), samples);
  benchmark::DoNotOptimize(kernels.Narrow(voices.sum.data(), voices.out.data(), samples));
  for (const auto& frame : voices.frames) {
    benchmark::DoNotOptimize(
        kernels.NarrowWithout(voices.sum.data(), frame.data(), voices.out.data(), samples));
  }
  benchmark::ClobberMemory();
}

void MeasureEnergy(const Kernels& kernels, Voices& voices) {
  benchmark::DoNotOptimize(kernels.Energy(voices.frames[0].data(), voices.frames[0].size()));
}

void Amplify(const Kernels& kernels, Voices& voices) {
  kernels.ApplyGain(voices.frames[0].data(), 5000, voices.out.data(), voices.out.size());
  benchmark::ClobberMemory();
}

void Ramp(const Kernels& kernels, Voices& voices) {
  kernels.NarrowRamped(voices.sum.data(), 0.5f, 0.001f, voices.out.data(), voices.out.size());
  benchmark::ClobberMemory();
}

using Work = void (*)(const Kernels&, Voices&);

// The best of some short runs, in seconds for one call.
double SecondsPerCall(Work work, const Kernels& kernels, Voices& voices) {
  // Of this thread: what else the machine does must not count.
  const auto cpu_seconds = [] {
    timespec time = {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  constexpr int kCalls = 2000;
  double best = 1e9;
  for (int run = 0; run < 5; ++run) {
    const double begin = cpu_seconds();
    for (int i = 0; i < kCalls; ++i) work(kernels, voices);
    best = std::min(best, (cpu_seconds() - begin) / kCalls);
  }
  return best;
}

void Check(Work work, const Kernels& kernels, size_t samples) {
  Voices expected(samples), actual(samples);
  work(Kernels::Scalar(), expected);
  work(kernels, actual);
  CHECK(expected.sum == actual.sum && expected.out == actual.out)
      << kernels.name << " computes other bits than the scalar kernel";
}

void Run(benchmark::State& state, Work work, const Kernels* kernels, int frames_in) {
  const auto samples = static_cast<size_t>(state.range(0));
  Check(work, *kernels, samples);
  Voices voices(samples);
  for (auto _ : state) work(*kernels, voices);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(samples) * frames_in);
  const double own = SecondsPerCall(work, *kernels, voices);
  state.counters["ratio_to_scalar"] = SecondsPerCall(work, Kernels::Scalar(), voices) / own;
  if (work == &MixThree) state.counters["speakers_per_core"] = 0.020 / own * kSpeakers;
}

void RegisterAll() {
  const struct {
    const char* name;
    Work work;
    int frames_in;
  } works[] = {{"MixOfThree", &MixThree, kSpeakers},
               {"Energy", &MeasureEnergy, 1},
               {"Gain", &Amplify, 1},
               {"RampedGain", &Ramp, 1}};
  for (const auto& [name, work, frames_in] : works) {
    for (const Kernels* kernels : Kernels::Supported()) {
      benchmark::RegisterBenchmark((std::string(name) + "/" + kernels->name).c_str(), &Run, work,
                                   kernels, frames_in)
          ->Arg(160)
          ->Arg(960);
    }
  }
}

}  // namespace
}  // namespace narada::mixer::dsp

int main(int argc, char** argv) {
  narada::mixer::dsp::RegisterAll();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
