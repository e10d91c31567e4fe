// A sound file's content, whole in memory: what the readers of formats give.
#ifndef NARADA_MIXER_MEDIA_DECODED_AUDIO_H_
#define NARADA_MIXER_MEDIA_DECODED_AUDIO_H_

#include <cstdint>
#include <vector>

#include "mixer/units/sample_count.h"

namespace narada::mixer::media {

struct DecodedAudio {
  SampleRate rate = SampleRate::FromHertz(8000);  // Of the samples.
  std::vector<int16_t> samples;                   // Mono; more channels have been averaged.
  // What the sound was sampled at before it was encoded; nothing is lost at this rate.
  SampleRate source_rate = SampleRate::FromHertz(8000);
};

}  // namespace narada::mixer::media

#endif  // NARADA_MIXER_MEDIA_DECODED_AUDIO_H_
