// What does it cost to look at a frame, and to limit one: voice activity, in-band digits, limiter?
//
// Input: frames of 20 ms of a voice-like noise with pauses, 100 of them in turn, at 8 and 48 kHz. Each checks that it finds
// what is there.
//   items_per_second   samples
//   tsc_ticks          of the time-stamp counter, for one frame
//   streams_per_core   such streams that one core carries in real time
#include <x86intrin.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "benchmark/benchmark.h"
#include "mixer/dsp/kernels.h"
#include "mixer/dsp/limiter.h"
#include "mixer/dsp/voice_activity.h"
#include "mixer/dtmf/in_band_digits.h"

namespace narada::mixer::dsp {
namespace {

constexpr size_t kFrames = 100;

// Half a second of talk, then half a second of a quiet line, and so on.
std::vector<std::vector<int16_t>> Talk(size_t samples) {
  SeededRandom random(1);
  std::vector<std::vector<int16_t>> frames(kFrames, std::vector<int16_t>(samples));
  for (size_t i = 0; i < kFrames; ++i) {
    const int level = i / 25 % 2 == 0 ? 4000 : 20;
    for (int16_t& sample : frames[i]) sample = static_cast<int16_t>(random.Between(-level, level));
  }
  return frames;
}

void Report(benchmark::State& state, uint64_t ticks) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["tsc_ticks"] =
      static_cast<double>(ticks) / static_cast<double>(state.iterations());
  state.counters["streams_per_core"] = benchmark::Counter(
      0.02 * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void Activity(benchmark::State& state) {
  const auto frames = Talk(static_cast<size_t>(state.range(0)));
  VoiceActivity activity;
  size_t at = 0;
  int talk = 0;
  for (; at < kFrames; ++at) {
    activity.Update(Kernels::Best(), frames[at]);
    talk += activity.is_talk() ? 1 : 0;
  }
  CHECK(talk >= 40 && talk <= 60) << "half of it is talk, found in " << talk;
  const uint64_t begin = __rdtsc();
  for (auto _ : state) {
    activity.Update(Kernels::Best(), frames[at++ % kFrames]);
    benchmark::DoNotOptimize(activity.loudness());
  }
  Report(state, __rdtsc() - begin);
}

void Digits(benchmark::State& state) {
  const auto samples = static_cast<size_t>(state.range(0));
  dtmf::InBandDigits digits(SampleRate::FromHertz(static_cast<int>(samples) * 50));
  std::vector<int16_t> key(samples);
  bool is_found = false;
  for (int i = 0; i < 10; ++i) {
    for (size_t n = 0; n < samples; ++n) {
      const double t = static_cast<double>(static_cast<size_t>(i) * samples + n) /
                       static_cast<double>(samples * 50);
      key[n] = static_cast<int16_t>(6000 * std::sin(2 * M_PI * 770 * t) +
                                    6000 * std::sin(2 * M_PI * 1336 * t));
    }
    if (i > 6) std::fill(key.begin(), key.end(), int16_t{0});
    is_found = is_found || digits.Process(key, false) == '5';
  }
  CHECK(is_found) << "the key is 5";
  auto frames = Talk(samples);
  size_t at = 0;
  const uint64_t begin = __rdtsc();
  for (auto _ : state) {
    // What comes out is older than what went in: the frames stay a talk.
    benchmark::DoNotOptimize(digits.Process(frames[at++ % kFrames], false));
  }
  Report(state, __rdtsc() - begin);
}

// A mix below full scale, and one of several loud voices.
void Limit(benchmark::State& state, bool is_loud) {
  const auto samples = static_cast<size_t>(state.range(0));
  SeededRandom random(1);
  std::vector<int32_t> sum(samples);
  const int level = is_loud ? 80'000 : 12'000;
  for (int32_t& sample : sum) sample = random.Between(-level, level);
  std::vector<int16_t> out(samples);
  Limiter limiter(Kernels::Best());
  for (int i = 0; i < 10; ++i) limiter.Limit(sum, out);
  CHECK(limiter.is_idle() != is_loud) << "it works where it must, and only there";
  const uint64_t begin = __rdtsc();
  for (auto _ : state) {
    limiter.Limit(sum, out);
    benchmark::ClobberMemory();
  }
  Report(state, __rdtsc() - begin);
}

BENCHMARK(Activity)->Arg(160)->Arg(960);
BENCHMARK(Digits)->Arg(160)->Arg(960);
BENCHMARK_CAPTURE(Limit, idle, false)->Arg(160)->Arg(960);
BENCHMARK_CAPTURE(Limit, at_work, true)->Arg(160)->Arg(960);

}  // namespace
}  // namespace narada::mixer::dsp

BENCHMARK_MAIN();
