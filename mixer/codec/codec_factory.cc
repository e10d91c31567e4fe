// Which class makes which codec: the one place to extend for a new one.
#include <memory>

#include "mixer/codec/decoder.h"
#include "mixer/codec/encoder.h"
#include "mixer/codec/g711_codec.h"

namespace narada::mixer::codec {

std::unique_ptr<Decoder> MakeDecoder(const CodecFormat& format) {
  switch (format.id) {
    case CodecId::kPcma:
    case CodecId::kPcmu:
      break;
  }
  return std::make_unique<G711Decoder>(format.id);
}

std::unique_ptr<Encoder> MakeEncoder(const CodecFormat& format) {
  switch (format.id) {
    case CodecId::kPcma:
    case CodecId::kPcmu:
      break;
  }
  return std::make_unique<G711Encoder>(format.id);
}

}  // namespace narada::mixer::codec
