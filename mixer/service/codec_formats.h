// Between the codecs of the configuration, the payload formats of SDP, and the codecs that legs use.
//   local.codecs = OwnFormats(settings).offered;
//   std::optional<codec::CodecFormat> format = ToCodecFormat(media.codec, media.ptime, settings);
// Pure functions.
#ifndef NARADA_MIXER_SERVICE_CODEC_FORMATS_H_
#define NARADA_MIXER_SERVICE_CODEC_FORMATS_H_

#include <optional>
#include <vector>

#include "mixer/codec/codec_format.h"
#include "mixer/codec/codec_settings.h"
#include "mixer/sdp/session_description.h"
#include "mixer/units/media_time.h"

namespace narada::mixer::service {

struct FormatsOfOurs {
  std::vector<sdp::PayloadFormat> offered;   // With the payload types of our offers.
  std::vector<sdp::PayloadFormat> accepted;  // Further ones, likewise numbered.
};
FormatsOfOurs OwnFormats(const codec::CodecSettings& settings);

// A remote format with the far end's parameters; empty: it is none of our codecs.
std::optional<codec::CodecFormat> ToCodecFormat(const sdp::PayloadFormat& format,
                                                MediaDuration ptime,
                                                const codec::CodecSettings& settings);

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_CODEC_FORMATS_H_
