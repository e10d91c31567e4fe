// How much of a change between two encoders does a listener hear, and what does it cost?
//
// Input: 20 pairs of synthetic voices. The listener has followed an encoder of its own until now, which
// coded the other voice until a second ago; it is led over to the common encoder (G.722) or changed
// to it at an independent frame (Opus), and compared with one who followed the common encoder from the
// beginning.
//   seam_snr_db   signal over difference while it is led over and in the 100 ms after the change; 100: none
//   wait_ms       until the change
//   Time          of all voices, both encoders and decoders
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "benchmark/benchmark.h"
#include "mixer/codec/decoder.h"
#include "mixer/codec/encoder.h"
#include "mixer/codec/test_voice.h"

namespace narada::mixer::codec {
namespace {

constexpr uint64_t kVoices = 20;
constexpr size_t kSwitchAt = 50;  // The packet from which both code the same.
constexpr size_t kWaitMax = 25;   // As a room waits.
constexpr size_t kMeasured = 5;

struct Seam {
  double signal = 0;
  double noise = 0;
  double wait_ms = 0;
};

Seam Change(const CodecFormat& format, uint64_t seed) {
  const int rate_hz = format.sample_rate().hertz();
  const auto voice = TestVoice(rate_hz, Seconds(3), seed);
  const auto other = TestVoice(rate_hz, Seconds(3), seed + 100);
  const size_t each = static_cast<size_t>(rate_hz) / 50;
  const auto common = MakeEncoder(format), own = MakeEncoder(format);
  const auto ideal = MakeDecoder(format), changed = MakeDecoder(format);
  std::vector<uint8_t> shared(common->PayloadSizeMax(SampleCount(static_cast<int64_t>(each))));
  std::vector<uint8_t> separate(shared.size());
  std::vector<int16_t> expected(each), heard(each);
  Seam seam;
  size_t change = 0;
  for (size_t i = 0; (i + 1) * each <= voice.size(); ++i) {
    const bool is_joining = change == 0 && i > kSwitchAt && own->can_join();
    const bool is_enough = own->can_join() ? own->has_joined() : i > kSwitchAt + kWaitMax;
    if (change == 0 && i > kSwitchAt + 1 && (own->is_stateless() || is_enough)) {
      common->EncodeNextIndependently();
      change = i;
      seam.wait_ms = 20.0 * static_cast<double>(i - kSwitchAt);
    }
    if (is_joining && i == kSwitchAt + 1) own->StartJoining(*common);
    const auto mix = std::span(voice).subspan(i * each, each);
    const auto mine = i < kSwitchAt ? std::span(other).subspan(i * each, each) : mix;
    const size_t shared_size = common->Encode(mix, shared);
    const int patience_percent =
        std::max(0, 100 - 2 * static_cast<int>(i - std::min(i, kSwitchAt)));
    const size_t separate_size =
        is_joining ? own->EncodeJoining(mine, std::span(shared).first(shared_size),
                                        patience_percent, separate)
                   : own->Encode(mine, separate);
    CHECK(ideal->Decode(std::span(shared).first(shared_size), expected).ok()) << "undecodable";
    CHECK(changed
              ->Decode(change == 0 ? std::span(separate).first(separate_size)
                                   : std::span(shared).first(shared_size),
                       heard)
              .ok())
        << "undecodable";
    const bool is_measured = change == 0 ? is_joining : i < change + kMeasured;
    if (!is_measured) continue;
    for (size_t k = 0; k < each; ++k) {
      seam.signal += std::pow(expected[k], 2);
      seam.noise += std::pow(expected[k] - heard[k], 2);
    }
  }
  CHECK_GT(seam.signal, 0) << "nothing was heard after the change";
  return seam;
}

void ChangeEncoders(benchmark::State& state, const CodecFormat& format) {
  Seam sum;
  uint64_t changes = 0;
  for (auto _ : state) {
    for (uint64_t seed = 1; seed <= kVoices; ++seed, ++changes) {
      const Seam seam = Change(format, seed);
      sum.signal += seam.signal;
      sum.noise += seam.noise;
      sum.wait_ms += seam.wait_ms;
    }
  }
  const double ratio = sum.signal / std::max(sum.noise, sum.signal * 1e-10);
  state.counters["seam_snr_db"] = 10 * std::log10(ratio);
  state.counters["wait_ms"] = sum.wait_ms / static_cast<double>(changes);
}

BENCHMARK_CAPTURE(ChangeEncoders, pcma, CodecFormat{.id = CodecId::kPcma})->Iterations(1);
BENCHMARK_CAPTURE(ChangeEncoders, g722, CodecFormat{.id = CodecId::kG722})->Iterations(1);
BENCHMARK_CAPTURE(ChangeEncoders, opus, CodecFormat{.id = CodecId::kOpus})->Iterations(1);

}  // namespace
}  // namespace narada::mixer::codec

BENCHMARK_MAIN();
