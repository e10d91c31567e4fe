// A sine, or two for the tones of telephony, of a given level and length.
//   Tone beep{.frequency_hz = 440, .level = AudioLevel::Dbov(-20), .duration = Milliseconds(200)};
//   ToneGenerator generator(beep, SampleRate::FromHertz(8000));
//   generator.Generate(frame);          // goes on where it stopped; the phase never jumps
// Integer arithmetic on a table made by integer arithmetic: every machine makes the same samples.
#ifndef NARADA_MIXER_MEDIA_TONE_H_
#define NARADA_MIXER_MEDIA_TONE_H_

#include <cstdint>
#include <span>

#include "mixer/units/audio_level.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::media {

struct Tone {
  double frequency_hz = 440;
  double second_frequency_hz = 0;            // 0: one sine only.
  AudioLevel level = AudioLevel::Dbov(-20);  // Of each sine.
  MediaDuration duration = MediaDuration::Max();
};

class ToneGenerator {
 public:
  ToneGenerator() = default;  // Silence.
  ToneGenerator(const Tone& tone, SampleRate rate) noexcept;

  // Of the samples from now on; the phase goes on.
  void SetRate(SampleRate rate) noexcept;

  // Overwrites `frame` with the next samples of the sines, saturated to 16 bits.
  void Generate(std::span<int16_t> frame) noexcept;

 private:
  double frequencies_hz_[2] = {0, 0};
  uint32_t phases_[2] = {0, 0};  // A turn is 2^32.
  uint32_t steps_[2] = {0, 0};
  int32_t amplitude_ = 0;  // Q0, up to 46340.
};

}  // namespace narada::mixer::media

#endif  // NARADA_MIXER_MEDIA_TONE_H_
