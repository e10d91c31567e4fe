// What does a jitter buffer cost for one leg: a packet in, a frame out?
//
// Input: 1,000 streams of G.711 in turn, so that none is in the first level of cache when its turn comes, as on a worker;
// packets punctual, or with a jitter of up to 40 ms, out of order and one in fifty lost. Checks that all that came is
// heard.
//   items_per_second  packets
//   tsc_ticks         of the time-stamp counter, for a packet and its frame
#include <x86intrin.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "benchmark/benchmark.h"
#include "mixer/codec/decoder.h"
#include "mixer/jitter/jitter_buffer.h"

namespace narada::mixer::jitter {
namespace {

constexpr size_t kStreams = 1000;

struct Stream {
  Stream() : decoder(codec::MakeDecoder({.id = codec::CodecId::kPcma})), buffer({}) {}
  std::unique_ptr<codec::Decoder> decoder;
  JitterBuffer buffer;
  uint16_t number = 0;
};

void OnePacketOneFrame(benchmark::State& state, bool has_jitter) {
  std::vector<Stream> streams(kStreams);
  std::array<uint8_t, 160> payload;
  payload.fill(0x55);
  std::array<int16_t, 160> frame = {};
  SeededRandom random(1);
  MediaTime now = MediaTime() + Seconds(10);
  size_t at = 0;
  uint64_t heard = 0;
  uint64_t ticks = 0;
  const auto step = [&] {
    Stream& stream = streams[at];
    const uint16_t number = stream.number++;
    // Where packets jitter, now and then two change places.
    const uint16_t sent =
        has_jitter && number % 16 < 2 ? static_cast<uint16_t>(number ^ 1) : number;
    const bool is_lost = has_jitter && number % 50 == 49;
    const MediaDuration delay =
        has_jitter ? Microseconds(random.Between(0, 40'000)) : Milliseconds(10);
    if (!is_lost) {
      benchmark::DoNotOptimize(
          stream.buffer.Insert({.sequence_number = SequenceNumber(sent),
                                .timestamp = RtpTimestamp(uint32_t{sent} * 160),
                                .decoder = stream.decoder.get()},
                               payload, now + delay));
    }
    const PlayedFrame played = stream.buffer.Pull(frame, now + Milliseconds(40));
    heard += played.kind == PlayedFrame::Kind::kAudio ? 1 : 0;
    ++ticks;
    if (++at == kStreams) {
      at = 0;
      now += JitterBuffer::kTick;
    }
  };
  for (size_t i = 0; i < 50 * kStreams; ++i) step();
  CHECK(heard > 40 * kStreams * (has_jitter ? 8 : 10) / 10) << heard << " frames of " << ticks;
  const uint64_t begin = __rdtsc();
  for (auto _ : state) step();
  state.counters["tsc_ticks"] =
      static_cast<double>(__rdtsc() - begin) / static_cast<double>(state.iterations());
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(OnePacketOneFrame, punctual, false);
BENCHMARK_CAPTURE(OnePacketOneFrame, jitter_and_loss, true);

}  // namespace
}  // namespace narada::mixer::jitter

BENCHMARK_MAIN();
