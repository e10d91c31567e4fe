// RIFF WAVE files as the mixer plays them: read to be checked, written by the synthesiser.
#ifndef NARADA_CONTROL_PROMPTS_WAV_H_
#define NARADA_CONTROL_PROMPTS_WAV_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace narada::control::prompts {

struct WavInfo {
  enum class Coding { kPcm16, kALaw, kMuLaw };
  Coding coding = Coding::kPcm16;
  int rate_hz = 0;
  int channels = 0;
  absl::string_view data;  // Of the file's bytes: samples, little-endian.
  absl::Duration duration;
};

// Checks that these bytes are a whole WAV file of PCM of 16 bits, A-law or µ-law, mono or stereo, at
// 8, 16 or 48 kHz, of 1 sample to 10 minutes. INVALID_ARGUMENT / PROMPT_DAMAGED says what is wrong.
// The bytes must outlive the result.
absl::StatusOr<WavInfo> CheckWav(absl::string_view bytes);

// The samples of a mono PCM file of 16 bits, at whatever rate. INVALID_ARGUMENT / PROMPT_DAMAGED.
struct Pcm {
  int rate_hz = 0;
  std::vector<int16_t> samples;
};
absl::StatusOr<Pcm> ReadMonoPcm(absl::string_view bytes);

// A mono PCM file of 16 bits.
std::string WriteWav(std::span<const int16_t> samples, int rate_hz);

}  // namespace narada::control::prompts

#endif  // NARADA_CONTROL_PROMPTS_WAV_H_
