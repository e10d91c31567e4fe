#include "mixer/codec/decoder_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  narada::mixer::codec::FuzzDecoder({.id = narada::mixer::codec::CodecId::kOpus}, {data, size});
  return 0;
}
