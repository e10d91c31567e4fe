// Opus' parameters in a=fmtp (RFC 7587 §6.1, §7).
//   OpusParameters parameters = ReadOpusParameters("maxplaybackrate=16000;useinbandfec=1", settings.opus);
//   std::string own = OwnOpusParameters(settings.opus);
// What one side writes is about what it wishes to receive, except for the sprop- ones, which are about
// what it sends. Whatever a stranger writes gives parameters that an encoder takes. Any thread;
// allocates.
#ifndef NARADA_MIXER_CODEC_OPUS_FORMAT_H_
#define NARADA_MIXER_CODEC_OPUS_FORMAT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "mixer/codec/codec_format.h"

namespace narada::mixer::codec {

// How to encode for, and at which rate to run with, a far end that wrote this a=fmtp, within
// `configured`: its bitrate, rate and complexity are the highest, FEC and DTX are used where both
// sides wish them. stereo= changes nothing: what we send is mono, which any decoder plays.
OpusParameters ReadOpusParameters(absl::string_view fmtp, const OpusParameters& configured);

// Our own a=fmtp: we decode FEC, welcome DTX where it is configured, and say so if our rate is
// less than all of Opus.
std::string OwnOpusParameters(const OpusParameters& configured);

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_OPUS_FORMAT_H_
