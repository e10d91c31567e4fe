// A recording in memory: mono PCM of 16 bits, read once, shared by all who play it. It is kept at the
// rate that its sound needs, and besides at each rate that somebody prepared.
//   ASSIGN_OR_RETURN(const DecodedAudio audio, ParseWav(file));
//   std::shared_ptr<const Prompt> prompt = Prompt::From(audio);
//   bytes += prompt->Prepare(room_rate);               // off the worker
//   std::span<const int16_t> samples = prompt->SamplesAt(room_rate);   // worker; empty: not prepared
// Made off the worker and held by a PlaybackPlan, whose memory is freed off the worker as well.
#ifndef NARADA_MIXER_MEDIA_PROMPT_H_
#define NARADA_MIXER_MEDIA_PROMPT_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "mixer/media/decoded_audio.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::media {

class Prompt {
 public:
  // `rate` is 8, 16 or 48 kHz.
  Prompt(std::vector<int16_t> samples, SampleRate rate);
  ~Prompt();
  Prompt(const Prompt&) = delete;
  Prompt& operator=(const Prompt&) = delete;

  // Resampled with a filter to 8, 16 or 48 kHz, whichever holds all of the sound.
  static std::shared_ptr<const Prompt> From(const DecodedAudio& audio);

  // Off the worker, by one thread at a time. Makes the samples at `rate` unless they are there;
  // returns the memory that this took.
  size_t Prepare(SampleRate rate) const;
  // What Prepare() would take.
  size_t BytesToPrepare(SampleRate rate) const;

  // Any thread, as all below. Empty where not prepared.
  std::span<const int16_t> SamplesAt(SampleRate rate) const noexcept;
  // How many there are at this rate, prepared or not.
  size_t SizeAt(SampleRate rate) const noexcept;
  // Those it was made of, and their rate.
  std::span<const int16_t> samples() const noexcept { return SamplesAt(rate_); }
  SampleRate rate() const noexcept { return rate_; }
  MediaDuration duration() const noexcept { return rate_.DurationOf(SampleCount(size_)); }
  size_t memory_bytes() const noexcept;

 private:
  using Copy = std::vector<int16_t>;

  const SampleRate rate_;
  const int64_t size_;
  // By rate. Each is set once, and then never changes.
  mutable std::array<std::atomic<const Copy*>, 3> copies_ = {};
};

}  // namespace narada::mixer::media

#endif  // NARADA_MIXER_MEDIA_PROMPT_H_
