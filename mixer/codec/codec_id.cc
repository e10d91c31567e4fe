#include "mixer/codec/codec_id.h"

namespace narada::mixer::codec {

const char* EncodingName(CodecId id) noexcept {
  switch (id) {
    case CodecId::kPcma:
      return "PCMA";
    case CodecId::kPcmu:
      return "PCMU";
  }
  return "";
}

}  // namespace narada::mixer::codec
