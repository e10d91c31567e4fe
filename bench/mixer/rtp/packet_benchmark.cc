// What does it cost to read an RTP packet, and to write the header of one?
//
// Input: packets of G.711 (172 bytes), plain and with a header extension, 4,096 of them in turn, so that they lie in the
// second level of cache as those that the network delivers do. Each checks that it reads what was written.
//   items_per_second  packets
//   tsc_ticks         of the time-stamp counter, for one packet
#include <x86intrin.h>

#include <array>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "benchmark/benchmark.h"
#include "mixer/rtp/packet_header.h"
#include "mixer/rtp/packet_view.h"

namespace narada::mixer::rtp {
namespace {

constexpr size_t kPackets = 4096;

std::vector<std::array<uint8_t, 192>> Packets(bool has_extension) {
  std::vector<std::array<uint8_t, 192>> packets(kPackets);
  for (size_t i = 0; i < kPackets; ++i) {
    const PacketHeader header{.payload_type = PayloadType(8),
                              .sequence_number = SequenceNumber(static_cast<uint16_t>(i)),
                              .timestamp = RtpTimestamp(static_cast<uint32_t>(160 * i)),
                              .ssrc = Ssrc(static_cast<uint32_t>(i))};
    CHECK_EQ(header.Write(packets[i]), 12u);
    if (!has_extension) continue;
    packets[i][0] |= 0x10;
    const uint8_t extension[] = {0xbe, 0xde, 0, 1, 0x10, 0x7f, 0, 0};  // A level, one-byte form.
    std::copy(std::begin(extension), std::end(extension), packets[i].begin() + 12);
  }
  return packets;
}

void Report(benchmark::State& state, uint64_t ticks) {
  state.SetItemsProcessed(state.iterations());
  state.counters["tsc_ticks"] =
      static_cast<double>(ticks) / static_cast<double>(state.iterations());
}

void Parse(benchmark::State& state, bool has_extension) {
  const auto packets = Packets(has_extension);
  size_t at = 0;
  const uint64_t begin = __rdtsc();
  for (auto _ : state) {
    const auto packet = PacketView::Parse(packets[at]);
    CHECK(packet.ok() && packet->ssrc() == Ssrc(static_cast<uint32_t>(at))) << "as written";
    benchmark::DoNotOptimize(packet->payload().data());
    at = (at + 1) % kPackets;
  }
  Report(state, __rdtsc() - begin);
}

void Build(benchmark::State& state) {
  auto packets = Packets(false);
  uint32_t number = 0;
  const uint64_t begin = __rdtsc();
  for (auto _ : state) {
    const PacketHeader header{.payload_type = PayloadType(8),
                              .sequence_number = SequenceNumber(static_cast<uint16_t>(number)),
                              .timestamp = RtpTimestamp(160 * number),
                              .ssrc = Ssrc(number)};
    benchmark::DoNotOptimize(header.Write(packets[number % kPackets]));
    ++number;
  }
  Report(state, __rdtsc() - begin);
}

BENCHMARK_CAPTURE(Parse, plain, false);
BENCHMARK_CAPTURE(Parse, with_extension, true);
BENCHMARK(Build);

}  // namespace
}  // namespace narada::mixer::rtp

BENCHMARK_MAIN();
