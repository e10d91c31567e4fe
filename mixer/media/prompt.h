// A recording in memory: mono PCM of 16 bits at a room's rate, read once, immutable, shared by all
// who play it.
//   absl::StatusOr<DecodedWav> wav = ParseWav(file);
//   std::shared_ptr<const Prompt> prompt = Prompt::FromWav(*wav, SampleRate::FromHertz(8000));
// Made off the worker and held by a PlaybackPlan, whose memory is freed off the worker as well.
#ifndef NARADA_MIXER_MEDIA_PROMPT_H_
#define NARADA_MIXER_MEDIA_PROMPT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "mixer/media/wav.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::media {

class Prompt {
 public:
  Prompt(std::vector<int16_t> samples, SampleRate rate);

  // Resampled with a filter to `rate` (8, 16 or 48 kHz).
  static std::shared_ptr<const Prompt> FromWav(const DecodedWav& wav, SampleRate rate);

  std::span<const int16_t> samples() const noexcept { return samples_; }
  SampleRate rate() const noexcept { return rate_; }
  MediaDuration duration() const noexcept { return rate_.DurationOf(SampleCount(samples_.size())); }
  size_t memory_bytes() const noexcept {
    return sizeof(*this) + samples_.capacity() * sizeof(int16_t);
  }

 private:
  const std::vector<int16_t> samples_;
  const SampleRate rate_;
};

}  // namespace narada::mixer::media

#endif  // NARADA_MIXER_MEDIA_PROMPT_H_
