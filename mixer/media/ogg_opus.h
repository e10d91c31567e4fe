// Reads an Ogg Opus file (RFC 7845) that is already in memory. Its bytes may come from anybody: they go
// to libopusfile, which is built to be fed by strangers, and memory is bounded here.
//   absl::StatusOr<DecodedAudio> audio = ParseOggOpus(bytes, samples_max);
// Any number of channels and links, mixed to mono. A function without state.
#ifndef NARADA_MIXER_MEDIA_OGG_OPUS_H_
#define NARADA_MIXER_MEDIA_OGG_OPUS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "mixer/media/decoded_audio.h"

namespace narada::mixer::media {

// At 48 kHz. INVALID_ARGUMENT / PROMPT_DAMAGED with what is wrong, in words; a file that has a hole is
// damaged. RESOURCE_EXHAUSTED / PROMPTS_FULL beyond `samples_max`: few bytes can hold hours.
absl::StatusOr<DecodedAudio> ParseOggOpus(std::span<const uint8_t> file, size_t samples_max);

}  // namespace narada::mixer::media

#endif  // NARADA_MIXER_MEDIA_OGG_OPUS_H_
