// Sounds to measure codecs with, made from a seed: a voice of vowels and fricatives in syllables, and what is
// left of it after a codec.
//   const std::vector<int16_t> said = TestVoice(16000, Milliseconds(2000));
//   const Likeness likeness = Compare(said, heard, 16000);
#ifndef NARADA_MIXER_CODEC_TEST_VOICE_H_
#define NARADA_MIXER_CODEC_TEST_VOICE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mixer/units/media_time.h"

namespace narada::mixer::codec {

// About -20 dBov, with pauses; half of its energy below 1 kHz, as speech has.
std::vector<int16_t> TestVoice(int rate_hz, MediaDuration length, uint64_t seed = 1);

std::vector<int16_t> Sine(double hertz, double amplitude, int rate_hz, MediaDuration length);

struct Likeness {
  double snr_db = 0;    // At the best delay.
  double level_db = 0;  // Of what is heard, against what was said.
  size_t delay = 0;     // In samples; up to 30 ms.
};
Likeness Compare(std::span<const int16_t> said, std::span<const int16_t> heard, int rate_hz);

// Mean square of 16-bit samples.
double Power(std::span<const int16_t> samples);

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_TEST_VOICE_H_
