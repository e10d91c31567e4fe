// The codecs without a state, and comfort noise: the first octet says which.
#include "mixer/codec/comfort_noise_payload.h"
#include "mixer/codec/decoder_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using narada::mixer::codec::CodecId;
  using narada::mixer::codec::ComfortNoise;
  if (size == 0) return 0;
  const std::span<const uint8_t> input(data + 1, size - 1);
  constexpr CodecId kPlain[] = {CodecId::kPcma, CodecId::kPcmu, CodecId::kL16At8k,
                                CodecId::kL16At16k, CodecId::kL16At48k};
  const size_t which = data[0] % (std::size(kPlain) + 1);
  if (which < std::size(kPlain)) {
    narada::mixer::codec::FuzzDecoder({.id = kPlain[which]}, input);
    return 0;
  }
  const auto noise = ComfortNoise::Parse(input);
  if (!noise.ok()) return 0;
  CHECK(noise->level_dbov <= 0 && noise->level_dbov >= -127) << noise->level_dbov;
  uint8_t payload[ComfortNoise::kPayloadSizeMax];
  const auto again = ComfortNoise::Parse({payload, noise->Write(payload)});
  CHECK(again.ok() && *again == *noise) << "does not read what it wrote";
  return 0;
}
