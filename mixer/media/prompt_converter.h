// Plays a prompt at a rate for which it was not prepared: a room's rate may change while it plays, and
// memory may be short. Sounds like the prepared samples, sample for sample in place.
//   converter.Read(prompt, rate, position, out);       // samples from `position` on, at `rate`
// Reading on from where it stopped is cheap, other places cost a little more. Worker thread; allocates
// nothing.
#ifndef NARADA_MIXER_MEDIA_PROMPT_CONVERTER_H_
#define NARADA_MIXER_MEDIA_PROMPT_CONVERTER_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "mixer/dsp/stream_resampler.h"
#include "mixer/media/prompt.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::media {

class PromptConverter {
 public:
  PromptConverter();

  // `out` lies within the prompt; at most 20 ms.
  void Read(const Prompt& prompt, SampleRate rate, size_t position,
            std::span<int16_t> out) noexcept;

 private:
  void Begin(const Prompt& prompt, SampleRate rate, size_t position) noexcept;
  void Continue(std::span<int16_t> out) noexcept;

  const Prompt* prompt_ = nullptr;
  size_t next_ = 0;      // Output that comes next, at the resampler's rate.
  int64_t next_in_ = 0;  // Input that it takes next; before the prompt and behind it is silence.
  dsp::StreamResampler resampler_;
};

}  // namespace narada::mixer::media

#endif  // NARADA_MIXER_MEDIA_PROMPT_CONVERTER_H_
