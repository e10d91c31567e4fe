// What the configuration says of codecs: which, in which order, how they encode.
#ifndef NARADA_MIXER_CODEC_CODEC_SETTINGS_H_
#define NARADA_MIXER_CODEC_CODEC_SETTINGS_H_

#include <vector>

#include "mixer/codec/codec_format.h"
#include "mixer/codec/codec_id.h"
#include "mixer/codec/codec_traits.h"

namespace narada::mixer::codec {

struct CodecSettings {
  // Offered in this order, each once. At least one.
  std::vector<CodecId> preference{DefaultPreference().begin(), DefaultPreference().end()};
  // Taken where they are offered, and never offered.
  std::vector<CodecId> accepted{AcceptedByDefault().begin(), AcceptedByDefault().end()};
  // Our order decides between the codecs of an offer; else the offer's.
  bool prefers_own_order = false;
  bool offers_comfort_noise = false;  // RFC 3389 in our own offers.
  // For a far end that says nothing of itself, and the limits for one that does. has_fec and has_dtx:
  // whether such wishes of its are met.
  OpusParameters opus{.has_fec = true, .has_dtx = true};
};

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_CODEC_SETTINGS_H_
