// A codec as one SDP describes it: which codec, under which number, with which parameters.
#ifndef NARADA_MIXER_CODEC_CODEC_FORMAT_H_
#define NARADA_MIXER_CODEC_CODEC_FORMAT_H_

#include <string>

#include "mixer/codec/codec_id.h"
#include "mixer/units/media_time.h"
#include "mixer/units/payload_type.h"

namespace narada::mixer::codec {

struct CodecFormat {
  CodecId id = CodecId::kPcma;
  PayloadType payload_type = kPcmaPayloadType;
  std::string format_parameters;           // a=fmtp, verbatim.
  MediaDuration ptime = Milliseconds(20);  // What one packet holds.

  friend bool operator==(const CodecFormat&, const CodecFormat&) = default;
};

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_CODEC_FORMAT_H_
