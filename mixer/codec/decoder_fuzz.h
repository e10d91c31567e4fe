// What a stranger's payloads may do to any decoder: nothing but sound or refusal. Included by one fuzz
// target per codec, so that each has a corpus of its own.
//   input: packets of one octet of flags, one octet of length, and so many octets of payload
#ifndef NARADA_MIXER_CODEC_DECODER_FUZZ_H_
#define NARADA_MIXER_CODEC_DECODER_FUZZ_H_

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "mixer/codec/decoder.h"

namespace narada::mixer::codec {

inline void FuzzDecoder(const CodecFormat& format, std::span<const uint8_t> input) {
  constexpr int kPacketsMax = 16;
  constexpr int16_t kUntouched = 4242;
  const auto decoder = MakeDecoder(format);
  const size_t frame = format.sample_rate().SamplesIn(Milliseconds(20)).size();
  std::vector<int16_t> samples(6 * frame + 1);
  for (int packet = 0; packet < kPacketsMax && input.size() >= 2; ++packet) {
    const uint8_t flags = input[0];
    const size_t size = std::min<size_t>(input[1], input.size() - 2);
    const std::span<const uint8_t> payload = input.subspan(2, size);
    input = input.subspan(2 + size);
    if ((flags & 1) != 0) decoder->Conceal(std::span(samples).first(frame), payload);
    if ((flags & 2) != 0) decoder->Reset();
    const size_t room = (flags & 4) != 0 ? frame : 6 * frame;
    samples[room] = kUntouched;
    const SampleCount announced = decoder->SamplesIn(payload);
    CHECK_GE(announced.value(), 0) << "fewer samples than none";
    const auto decoded = decoder->Decode(payload, std::span(samples).first(room));
    if (decoded.ok()) {
      CHECK_EQ(decoded->value(), announced.value()) << "another number than was announced";
      CHECK_LE(decoded->size(), room) << "more than there is room for";
    }
    CHECK_EQ(samples[room], kUntouched) << "written beyond the end";
  }
}

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_DECODER_FUZZ_H_
