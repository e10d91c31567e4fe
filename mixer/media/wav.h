// Reads a RIFF WAVE file that is already in memory. Its bytes may come from anybody.
//   absl::StatusOr<DecodedWav> wav = ParseWav(bytes);
// Takes PCM of 16 bits, A-law and µ-law (formats 1, 6, 7, and the same in WAVE_FORMAT_EXTENSIBLE),
// one or two channels, 8, 16 or 48 kHz. A pure function: no file, no state.
#ifndef NARADA_MIXER_MEDIA_WAV_H_
#define NARADA_MIXER_MEDIA_WAV_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::media {

struct DecodedWav {
  SampleRate rate = SampleRate::FromHertz(8000);
  std::vector<int16_t> samples;  // Mono; two channels have been averaged.
};

// INVALID_ARGUMENT / PROMPT_DAMAGED with what is wrong, in words, when the file is cut, contradicts
// itself, is empty or is of a kind not named above. A chunk that we do not know is skipped.
absl::StatusOr<DecodedWav> ParseWav(std::span<const uint8_t> file);

}  // namespace narada::mixer::media

#endif  // NARADA_MIXER_MEDIA_WAV_H_
