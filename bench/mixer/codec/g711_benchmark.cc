// How many G.711 payloads of 20 ms can one core encode and decode?
//
// Input: seeded noise over all 16 bits, 160 samples, in L1. Each direction first checks that what
// was encoded is decoded to within half a quantising step.
//   items_per_second   payloads of 20 ms per second
//   streams_per_core   payloads that one core could make or read within 20 ms
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "benchmark/benchmark.h"
#include "mixer/codec/g711.h"

namespace narada::mixer::codec {
namespace {

constexpr size_t kSamples = 160;

struct Law {
  void (*encode)(std::span<const int16_t>, std::span<uint8_t>) noexcept;
  void (*decode)(std::span<const uint8_t>, std::span<int16_t>) noexcept;
};
constexpr Law kALaw = {EncodeALaw, DecodeALaw};
constexpr Law kULaw = {EncodeULaw, DecodeULaw};

struct Voice {
  explicit Voice(const Law& law) : samples(kSamples), heard(kSamples), payload(kSamples) {
    SeededRandom random(1);
    for (int16_t& sample : samples) sample = static_cast<int16_t>(random.Between(-32000, 32000));
    law.encode(samples, payload);
    law.decode(payload, heard);
    for (size_t i = 0; i < kSamples; ++i) {
      CHECK_LE(std::abs(heard[i] - samples[i]), std::abs(samples[i]) / 32 + 9) << "lost in coding";
    }
  }
  std::vector<int16_t> samples;
  std::vector<int16_t> heard;
  std::vector<uint8_t> payload;
};

void Report(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations());
  state.counters["streams_per_core"] = benchmark::Counter(
      0.02 * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void Encode(benchmark::State& state, const Law& law) {
  Voice voice(law);
  for (auto _ : state) {
    law.encode(voice.samples, voice.payload);
    benchmark::ClobberMemory();
  }
  Report(state);
}

void Decode(benchmark::State& state, const Law& law) {
  Voice voice(law);
  for (auto _ : state) {
    law.decode(voice.payload, voice.heard);
    benchmark::ClobberMemory();
  }
  Report(state);
}

BENCHMARK_CAPTURE(Encode, a_law, kALaw);
BENCHMARK_CAPTURE(Encode, u_law, kULaw);
BENCHMARK_CAPTURE(Decode, a_law, kALaw);
BENCHMARK_CAPTURE(Decode, u_law, kULaw);

}  // namespace
}  // namespace narada::mixer::codec

BENCHMARK_MAIN();
