// Which class makes which codec: the one place to extend for a new one.
#include <memory>

#include "base/check.h"
#include "mixer/codec/decoder.h"
#include "mixer/codec/encoder.h"
#include "mixer/codec/g711_codec.h"
#include "mixer/codec/g722_codec.h"
#include "mixer/codec/l16_codec.h"
#include "mixer/codec/opus_codec.h"

namespace narada::mixer::codec {

std::unique_ptr<Decoder> MakeDecoder(const CodecFormat& format) {
  switch (format.id) {
    case CodecId::kPcma:
    case CodecId::kPcmu:
      return std::make_unique<G711Decoder>(format.id);
    case CodecId::kG722:
      return std::make_unique<G722Decoder>();
    case CodecId::kOpus:
      return std::make_unique<OpusStreamDecoder>(format.sample_rate());
    case CodecId::kL16At8k:
    case CodecId::kL16At16k:
    case CodecId::kL16At48k:
      return std::make_unique<L16Decoder>(format.id);
  }
  CHECK(false) << "every codec has a decoder";
  return nullptr;
}

std::unique_ptr<Encoder> MakeEncoder(const CodecFormat& format) {
  switch (format.id) {
    case CodecId::kPcma:
    case CodecId::kPcmu:
      return std::make_unique<G711Encoder>(format.id);
    case CodecId::kG722:
      return std::make_unique<G722Encoder>();
    case CodecId::kOpus:
      return std::make_unique<OpusStreamEncoder>(format.opus);
    case CodecId::kL16At8k:
    case CodecId::kL16At16k:
    case CodecId::kL16At48k:
      return std::make_unique<L16Encoder>(format.id);
  }
  CHECK(false) << "every codec has an encoder";
  return nullptr;
}

}  // namespace narada::mixer::codec
