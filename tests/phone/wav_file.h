#ifndef NARADA_TESTS_PHONE_WAV_FILE_H_
#define NARADA_TESTS_PHONE_WAV_FILE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace narada::phone {

// Reads any file that libsndfile knows, mixed to mono and resampled (filtered) to `rate_hz`.
absl::StatusOr<std::vector<int16_t>> ReadSpeech(const std::string& path, int rate_hz);

// Writes mono 16-bit PCM.
absl::Status WriteWav(const std::string& path, std::span<const int16_t> samples, int rate_hz);

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_WAV_FILE_H_
