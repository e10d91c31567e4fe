// How many voices can one core bring from one rate to another, with each instruction set?
//
// Input: seeded noise in blocks of 20 ms. Each variant first checks its bits against the scalar one.
//   streams_per_core   blocks of 20 ms that one core could convert within 20 ms
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "benchmark/benchmark.h"
#include "mixer/dsp/kernels.h"
#include "mixer/dsp/stream_resampler.h"

namespace narada::mixer::dsp {
namespace {

constexpr int kBlocksPerSecond = 50;

struct Conversion {
  int from_hz;
  int to_hz;
  int32_t skew_ppb;
};
constexpr Conversion kConversions[] = {
    {8'000, 16'000, 0}, {8'000, 48'000, 0}, {16'000, 48'000, 0},     {48'000, 16'000, 0},
    {48'000, 8'000, 0}, {16'000, 8'000, 0}, {8'000, 8'000, 100'000}, {48'000, 48'000, 100'000}};

void Run(benchmark::State& state, const Conversion& conversion, const Kernels& kernels) {
  const SampleRate from = SampleRate::FromHertz(conversion.from_hz);
  const SampleRate to = SampleRate::FromHertz(conversion.to_hz);
  StreamResampler resampler(from, to, kernels), reference(from, to, Kernels::Scalar());
  resampler.set_skew_ppb(conversion.skew_ppb);
  reference.set_skew_ppb(conversion.skew_ppb);
  SeededRandom random(1);
  std::vector<int16_t> in(static_cast<size_t>(conversion.from_hz / kBlocksPerSecond) + 2);
  for (int16_t& sample : in) sample = static_cast<int16_t>(random.Next());
  std::vector<int16_t> out(static_cast<size_t>(conversion.to_hz / kBlocksPerSecond)), expected(out);
  for (int block = 0; block < 3; ++block) {
    const auto taken = std::span(in).first(resampler.InputFor(out.size()));
    resampler.Process(taken, out);
    reference.Process(taken, expected);
    CHECK(out == expected) << kernels.name << " gives other bits than the scalar kernels";
  }
  for (auto _ : state) {
    resampler.Process(std::span(in).first(resampler.InputFor(out.size())), out);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["streams_per_core"] = benchmark::Counter(
      static_cast<double>(state.iterations()) / kBlocksPerSecond, benchmark::Counter::kIsRate);
}

void RegisterAll() {
  for (const Conversion& conversion : kConversions) {
    for (const Kernels* kernels : Kernels::Supported()) {
      const std::string name = "Resample/" + std::to_string(conversion.from_hz) + "_to_" +
                               std::to_string(conversion.to_hz) + "/" + kernels->name;
      benchmark::RegisterBenchmark(name.c_str(), [&conversion, kernels](benchmark::State& state) {
        Run(state, conversion, *kernels);
      });
    }
  }
}

}  // namespace
}  // namespace narada::mixer::dsp

int main(int argc, char** argv) {
  narada::mixer::dsp::RegisterAll();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
