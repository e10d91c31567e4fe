#include "mixer/media/prompt.h"

#include <utility>

#include "mixer/dsp/resampler.h"

namespace narada::mixer::media {

Prompt::Prompt(std::vector<int16_t> samples, SampleRate rate)
    : samples_(std::move(samples)), rate_(rate) {}

std::shared_ptr<const Prompt> Prompt::FromWav(const DecodedWav& wav, SampleRate rate) {
  return std::make_shared<const Prompt>(dsp::Resample(wav.samples, wav.rate, rate), rate);
}

}  // namespace narada::mixer::media
