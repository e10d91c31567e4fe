#include "mixer/codec/codec_id.h"

namespace narada::mixer::codec {

const char* EncodingName(CodecId id) noexcept {
  switch (id) {
    case CodecId::kPcma:
      return "PCMA";
    case CodecId::kPcmu:
      return "PCMU";
    case CodecId::kG722:
      return "G722";
    case CodecId::kOpus:
      return "opus";
    case CodecId::kL16At8k:
    case CodecId::kL16At16k:
    case CodecId::kL16At48k:
      return "L16";
  }
  return "";
}

const char* CodecName(CodecId id) noexcept {
  switch (id) {
    case CodecId::kL16At8k:
      return "L16/8000";
    case CodecId::kL16At16k:
      return "L16/16000";
    case CodecId::kL16At48k:
      return "L16/48000";
    default:
      return EncodingName(id);
  }
}

}  // namespace narada::mixer::codec
