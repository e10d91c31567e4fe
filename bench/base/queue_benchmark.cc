// What does it cost to hand something from one thread to another by SpscRing?
//
// Input: 64-byte values, the size of a command's pointer and then some. Same thread: the ring's own instructions. Two
// threads: with what the cores exchange; real time, since two threads work. Each checks that all arrive in order.
//   items_per_second  values handed over
//   tsc_ticks         of the time-stamp counter, for one value
#include <x86intrin.h>

#include <atomic>
#include <cstdint>
#include <thread>

#include "base/check.h"
#include "base/spsc_ring.h"
#include "benchmark/benchmark.h"

namespace narada {
namespace {

struct Value {
  uint64_t number = 0;
  uint64_t rest[7] = {};
};

void OneThread(benchmark::State& state) {
  SpscRing<Value> ring(1024);
  uint64_t number = 0;
  const uint64_t begin = __rdtsc();
  for (auto _ : state) {
    ring.TryPush(Value{.number = number});
    Value value;
    CHECK(ring.TryPop(&value) && value.number == number) << "in order";
    ++number;
  }
  state.counters["tsc_ticks"] =
      static_cast<double>(__rdtsc() - begin) / static_cast<double>(number);
  state.SetItemsProcessed(state.iterations());
}

void TwoThreads(benchmark::State& state) {
  SpscRing<Value> ring(1024);
  std::atomic<bool> stop = false;
  uint64_t received = 0;
  std::thread consumer([&] {
    Value value;
    while (true) {
      if (ring.TryPop(&value)) {
        CHECK(value.number == received) << "in order";
        ++received;
      } else if (stop) {
        return;
      }
    }
  });
  uint64_t number = 0;
  const uint64_t begin = __rdtsc();
  for (auto _ : state) {
    while (!ring.TryPush(Value{.number = number})) {
    }
    ++number;
  }
  state.counters["tsc_ticks"] =
      static_cast<double>(__rdtsc() - begin) / static_cast<double>(number);
  while (ring.ApproximateSize() > 0) {
  }
  stop = true;
  consumer.join();
  CHECK(received == number) << "all arrive";
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(OneThread);
BENCHMARK(TwoThreads)->UseRealTime();

}  // namespace
}  // namespace narada

BENCHMARK_MAIN();
