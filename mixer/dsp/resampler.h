// Changes the rate of a whole recording, with a filter that lets no image or alias through (better
// than 70 dB).
//   auto at_8k = Resample(samples, SampleRate::FromHertz(22050), SampleRate::FromHertz(8000));
// For recordings in memory, off the media path: allocates. A pure function.
#ifndef NARADA_MIXER_DSP_RESAMPLER_H_
#define NARADA_MIXER_DSP_RESAMPLER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "mixer/units/sample_count.h"

namespace narada::mixer::dsp {

// As long in time as the input, rounded up to a sample; in phase with it. Both rates are positive.
std::vector<int16_t> Resample(std::span<const int16_t> samples, SampleRate from, SampleRate to);

}  // namespace narada::mixer::dsp

#endif  // NARADA_MIXER_DSP_RESAMPLER_H_
