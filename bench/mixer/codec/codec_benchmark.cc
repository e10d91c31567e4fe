// How many streams of each codec can one core encode and decode?
//
// Input: a synthetic voice with pauses, in packets of 20 ms; Opus as it is configured by default, at
// the rates that it runs at. Each codec first checks that the voice comes through.
//   streams_per_core   payloads of 20 ms that one core could make or read within 20 ms
//   octets             of an average payload
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "benchmark/benchmark.h"
#include "mixer/codec/decoder.h"
#include "mixer/codec/encoder.h"
#include "mixer/codec/test_voice.h"

namespace narada::mixer::codec {
namespace {

constexpr MediaDuration kPacket = Milliseconds(20);

CodecFormat OpusAt(int rate_hz, int complexity) {
  CodecFormat format{.id = CodecId::kOpus};
  format.opus.sample_rate_hz = format.opus.playback_rate_hz = rate_hz;
  format.opus.complexity = complexity;
  return format;
}

struct Stream {
  explicit Stream(const CodecFormat& format)
      : each(format.sample_rate().SamplesIn(kPacket).size()),
        voice(TestVoice(format.sample_rate().hertz(), Seconds(2))) {
    const auto encoder = MakeEncoder(format);
    const auto decoder = MakeDecoder(format);
    std::vector<int16_t> heard(voice.size());
    for (size_t begin = 0; begin < voice.size(); begin += each) {
      std::vector<uint8_t> payload(
          encoder->PayloadSizeMax(SampleCount(static_cast<int64_t>(each))));
      payload.resize(encoder->Encode(std::span(voice).subspan(begin, each), payload));
      CHECK(decoder->Decode(payload, std::span(heard).subspan(begin, each)).ok()) << "undecodable";
      octets += payload.size();
      payloads.push_back(std::move(payload));
    }
    CHECK_GT(Power(heard), Power(voice) / 2) << "the voice is lost";
    CHECK_LT(Power(heard), Power(voice) * 2) << "the voice is not what it was";
  }
  size_t each;
  std::vector<int16_t> voice;
  std::vector<std::vector<uint8_t>> payloads;
  size_t octets = 0;
};

void Report(benchmark::State& state, const Stream& stream) {
  state.SetItemsProcessed(state.iterations());
  state.counters["streams_per_core"] = benchmark::Counter(
      0.02 * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["octets"] =
      static_cast<double>(stream.octets) / static_cast<double>(stream.payloads.size());
}

void Encode(benchmark::State& state, const CodecFormat& format) {
  const Stream stream(format);
  const auto encoder = MakeEncoder(format);
  std::vector<uint8_t> payload(
      encoder->PayloadSizeMax(SampleCount(static_cast<int64_t>(stream.each))));
  size_t next = 0;
  for (auto _ : state) {
    const auto frame = std::span(stream.voice).subspan(next * stream.each, stream.each);
    benchmark::DoNotOptimize(encoder->Encode(frame, payload));
    next = (next + 1) % stream.payloads.size();
  }
  Report(state, stream);
}

void Decode(benchmark::State& state, const CodecFormat& format) {
  const Stream stream(format);
  const auto decoder = MakeDecoder(format);
  std::vector<int16_t> frame(stream.each);
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(decoder->Decode(stream.payloads[next], frame));
    next = (next + 1) % stream.payloads.size();
  }
  Report(state, stream);
}

const CodecFormat kG722 = {.id = CodecId::kG722};
const CodecFormat kL16 = {.id = CodecId::kL16At16k};
const CodecFormat kOpus48k = OpusAt(48'000, 5);
const CodecFormat kOpus16k = OpusAt(16'000, 5);
const CodecFormat kOpus8k = OpusAt(8'000, 5);
const CodecFormat kOpusBest = OpusAt(48'000, 10);
const CodecFormat kOpusCheapest = OpusAt(48'000, 0);

BENCHMARK_CAPTURE(Encode, g722, kG722);
BENCHMARK_CAPTURE(Encode, l16_16k, kL16);
BENCHMARK_CAPTURE(Encode, opus_48k, kOpus48k);
BENCHMARK_CAPTURE(Encode, opus_48k_complexity_10, kOpusBest);
BENCHMARK_CAPTURE(Encode, opus_48k_complexity_0, kOpusCheapest);
BENCHMARK_CAPTURE(Encode, opus_16k, kOpus16k);
BENCHMARK_CAPTURE(Encode, opus_8k, kOpus8k);
BENCHMARK_CAPTURE(Decode, g722, kG722);
BENCHMARK_CAPTURE(Decode, l16_16k, kL16);
BENCHMARK_CAPTURE(Decode, opus_48k, kOpus48k);
BENCHMARK_CAPTURE(Decode, opus_16k, kOpus16k);
BENCHMARK_CAPTURE(Decode, opus_8k, kOpus8k);

}  // namespace
}  // namespace narada::mixer::codec

BENCHMARK_MAIN();
