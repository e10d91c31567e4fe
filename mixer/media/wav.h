// Reads a RIFF WAVE file that is already in memory. Its bytes may come from anybody.
//   absl::StatusOr<DecodedAudio> wav = ParseWav(bytes);
// Takes PCM of 8, 16, 24 and 32 bits, floats of 32 and 64, A-law and µ-law (formats 1, 3, 6, 7, and
// the same in WAVE_FORMAT_EXTENSIBLE), RF64 too; one or two channels; 4 to 192 kHz. A pure function: no
// file, no state.
#ifndef NARADA_MIXER_MEDIA_WAV_H_
#define NARADA_MIXER_MEDIA_WAV_H_

#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "mixer/media/decoded_audio.h"

namespace narada::mixer::media {

// INVALID_ARGUMENT / PROMPT_DAMAGED with what is wrong, in words, when the file is cut, contradicts
// itself, is empty or is of a kind not named above. A chunk that we do not know is skipped.
absl::StatusOr<DecodedAudio> ParseWav(std::span<const uint8_t> file);

}  // namespace narada::mixer::media

#endif  // NARADA_MIXER_MEDIA_WAV_H_
