// How much memory does a leg take, by codec, plain and with SRTP?
//
// Input: 200 legs as a call has them (telephone-event, the default bounds of the jitter buffer), made and
// kept; the heap before and after.
//   bytes_per_leg   without its two sockets and its place in the worker's tables
//   Time            of making one, off the worker
#include <malloc.h>

#include <memory>
#include <vector>

#include "base/check.h"
#include "benchmark/benchmark.h"
#include "mixer/room/leg.h"

namespace narada::mixer::room {
namespace {

constexpr int kLegs = 200;
// The target; 14.1 KiB now, of which 2.5 are for packets that wait and 2.6 for what they become.
constexpr double kG711BytesMax = 16 << 10;

LegMedia MediaOf(codec::CodecId id, bool is_encrypted) {
  LegMedia media;
  media.receive_formats[0] = {.id = id, .payload_type = PayloadType(96)};
  media.receive_formats_count = 1;
  media.send_format = media.receive_formats[0];
  media.receive_telephone_event = PayloadType(101);
  media.send_telephone_event = PayloadType(101);
  if (is_encrypted) {
    const std::vector<uint8_t> secret(30, 7);
    const SrtpKeys keys(SrtpSuite::kAesCm128HmacSha1Tag80, secret);
    media.send_keys = keys;
    media.receive_keys = keys;
  }
  return media;
}

void LegMemory(benchmark::State& state, codec::CodecId id, bool is_encrypted) {
  double bytes = 0;
  for (auto _ : state) {
    std::vector<std::unique_ptr<Leg>> legs;
    legs.reserve(kLegs);
    const size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    for (uint64_t i = 1; i <= kLegs; ++i) {
      LegConfig config;
      config.id = LegId{i};
      config.ssrc = Ssrc(static_cast<uint32_t>(i));
      config.cname = "leg";
      config.seed = i;
      legs.push_back(std::make_unique<Leg>(config, MediaOf(id, is_encrypted)));
    }
    bytes = static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd - before) / kLegs;
  }
  state.SetItemsProcessed(state.iterations() * kLegs);
  state.counters["bytes_per_leg"] = bytes;
  CHECK(id != codec::CodecId::kPcma || is_encrypted || bytes <= kG711BytesMax)
      << "a leg of G.711 takes " << bytes << " bytes";
}

BENCHMARK_CAPTURE(LegMemory, pcma, codec::CodecId::kPcma, false)->Iterations(3);
BENCHMARK_CAPTURE(LegMemory, pcma_srtp, codec::CodecId::kPcma, true)->Iterations(3);
BENCHMARK_CAPTURE(LegMemory, g722, codec::CodecId::kG722, false)->Iterations(3);
BENCHMARK_CAPTURE(LegMemory, opus, codec::CodecId::kOpus, false)->Iterations(3);
BENCHMARK_CAPTURE(LegMemory, l16_48k, codec::CodecId::kL16At48k, false)->Iterations(3);

}  // namespace
}  // namespace narada::mixer::room

BENCHMARK_MAIN();
