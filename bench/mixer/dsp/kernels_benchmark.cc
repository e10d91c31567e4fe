// How fast are the loops over samples, on this CPU's every instruction set?
//
// Input: seeded noise of speech's loudness, frames of 160 samples (8 kHz) and 960 (48 kHz), in L1.
// Each benchmark first checks that its variant gives the scalar one's bits.
//   items_per_second  samples that went in, per second
//   ratio_to_scalar   the scalar kernel's time for the same in the same run, over this one's
//   tsc_ticks         of the time-stamp counter, for one call (the best of some short runs)
//   bytes_per_ns      (MixOfThree) read and written; of a plain copy in L1 in the same run: copy_bytes_per_ns
//   speakers_per_core (MixOfThree) frames of 20 ms that one core can mix in 20 ms
//   ratio_to_loop_by_hand (MixOfThree) the time that a loop by hand takes for the same four outputs, each by loading the
//                     voices in it, widening and adding them, 32 samples a turn, over this one's
#include <immintrin.h>
#include <time.h>
#include <x86intrin.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/check.h"
#include "base/random.h"
#include "benchmark/benchmark.h"
#include "mixer/dsp/kernels.h"

namespace narada::mixer::dsp {
namespace {

constexpr int kSpeakers = 3;

// At the begin of a cache line, as in a room's scratch memory: where malloc puts it, loads of 64 bytes lie across two lines in one
// run and not in another.
template <typename Sample>
struct alignas(64) Frame : std::array<Sample, 960> {};

struct Voices {
  explicit Voices(size_t samples) : samples(samples) {
    SeededRandom random(1);
    for (auto& frame : frames) {
      for (size_t i = 0; i < samples; ++i) {
        frame[i] = static_cast<int16_t>(random.Between(-6000, 6000));
      }
    }
  }
  const size_t samples;
  std::array<Frame<int16_t>, kSpeakers> frames = {};
  Frame<int32_t> sum = {};
  Frame<int16_t> out = {};
};

// Sums three speakers and writes four mixes: the common one and each speaker's own.
void MixThree(const Kernels& kernels, Voices& voices) {
  const size_t samples = voices.samples;
  std::fill_n(voices.sum.begin(), samples, 0);
  for (const auto& frame : voices.frames) kernels.Add(voices.sum.data(), frame.data(), samples);
  benchmark::DoNotOptimize(kernels.Narrow(voices.sum.data(), voices.out.data(), samples));
  for (const auto& frame : voices.frames) {
    benchmark::DoNotOptimize(
        kernels.NarrowWithout(voices.sum.data(), frame.data(), voices.out.data(), samples));
  }
  benchmark::ClobberMemory();
}

void MeasureEnergy(const Kernels& kernels, Voices& voices) {
  benchmark::DoNotOptimize(kernels.Energy(voices.frames[0].data(), voices.samples));
}

void Amplify(const Kernels& kernels, Voices& voices) {
  kernels.ApplyGain(voices.frames[0].data(), 5000, voices.out.data(), voices.samples);
  benchmark::ClobberMemory();
}

void Ramp(const Kernels& kernels, Voices& voices) {
  kernels.NarrowRamped(voices.sum.data(), 0.5f, 0.001f, voices.out.data(), voices.samples);
  benchmark::ClobberMemory();
}

using Work = void (*)(const Kernels&, Voices&);

__attribute__((target("avx2"))) inline __m256i LoadWide(const int16_t* at) {
  return _mm256_cvtepi16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
}

// What one would write for this very case with AVX2 at hand: no sums in memory, nothing that other cases need.
__attribute__((target("avx2"))) void MixByHand(const int16_t* const* voices, int count,
                                               int16_t* out, size_t samples) {
  for (size_t i = 0; i + 32 <= samples; i += 32) {
    __m256i sums[4];
    for (int part = 0; part < 4; ++part) sums[part] = LoadWide(voices[0] + i + 8 * part);
    for (int voice = 1; voice < count; ++voice) {
      for (int part = 0; part < 4; ++part) {
        sums[part] = _mm256_add_epi32(sums[part], LoadWide(voices[voice] + i + 8 * part));
      }
    }
    for (int half = 0; half < 2; ++half) {
      const __m256i packed = _mm256_packs_epi32(sums[2 * half], sums[2 * half + 1]);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i + 16 * half),
                          _mm256_permute4x64_epi64(packed, 0xd8));
    }
  }
}

void MixThreeByHand(const Kernels&, Voices& voices) {
  const int16_t* const all[] = {voices.frames[0].data(), voices.frames[1].data(),
                                voices.frames[2].data()};
  const size_t samples = voices.samples;
  MixByHand(all, 3, voices.out.data(), samples);
  for (int without = 0; without < kSpeakers; ++without) {
    const int16_t* const others[] = {all[without == 0 ? 1 : 0], all[without == 2 ? 1 : 2]};
    MixByHand(others, 2, voices.out.data(), samples);
  }
  benchmark::ClobberMemory();
}

void Copy(const Kernels&, Voices& voices) {
  std::memcpy(voices.out.data(), voices.frames[0].data(), voices.samples * sizeof(int16_t));
  benchmark::ClobberMemory();
}

// The best of some short runs, in seconds for one call.
double SecondsPerCall(Work work, const Kernels& kernels, Voices& voices,
                      double* tsc_ticks = nullptr) {
  // Of this thread: what else the machine does must not count.
  const auto cpu_seconds = [] {
    timespec time = {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  constexpr int kCalls = 2000;
  double best = 1e9;
  for (int run = 0; run < 5; ++run) {
    const uint64_t ticks = __rdtsc();
    const double begin = cpu_seconds();
    for (int i = 0; i < kCalls; ++i) work(kernels, voices);
    const double seconds = (cpu_seconds() - begin) / kCalls;
    if (seconds < best && tsc_ticks != nullptr) {
      *tsc_ticks = static_cast<double>(__rdtsc() - ticks) / kCalls;
    }
    best = std::min(best, seconds);
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
  double tsc_ticks = 0;
  const double own = SecondsPerCall(work, *kernels, voices, &tsc_ticks);
  state.counters["tsc_ticks"] = tsc_ticks;
  state.counters["ratio_to_scalar"] = SecondsPerCall(work, Kernels::Scalar(), voices) / own;
  if (work != &MixThree) return;
  state.counters["speakers_per_core"] = 0.020 / own * kSpeakers;
  // Three voices read, four outputs written: the sums between them stay in the core.
  const auto bytes = static_cast<double>(samples * sizeof(int16_t));
  state.counters["bytes_per_ns"] = (kSpeakers + 4) * bytes / own * 1e-9;
  state.counters["copy_bytes_per_ns"] = 2 * bytes / SecondsPerCall(&Copy, *kernels, voices) * 1e-9;
  if (__builtin_cpu_supports("avx2") == 0) return;
  Voices by_hand(samples);
  MixThreeByHand(*kernels, by_hand);
  work(*kernels, voices);
  CHECK(by_hand.out == voices.out) << "the loop by hand computes something else";
  state.counters["ratio_to_loop_by_hand"] =
      SecondsPerCall(&MixThreeByHand, *kernels, by_hand) / own;
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
