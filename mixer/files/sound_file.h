// A sound file read back whole by libsndfile, which knows WAV, RF64 and Ogg Opus.
#ifndef NARADA_MIXER_FILES_SOUND_FILE_H_
#define NARADA_MIXER_FILES_SOUND_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace narada::mixer::files {

struct SoundFile {
  std::string error;  // Not empty: it cannot be read.
  int rate_hz = 0;
  int64_t frames = 0;  // As the file says.
  bool is_rf64 = false;
  std::vector<int16_t> samples;  // Up to the first `samples_max`.
};

SoundFile ReadSoundFile(const std::string& path, int64_t samples_max = 100'000'000);

// The level in dBov of a sine of this frequency in the samples, by Goertzel's filter.
double ToneLevelDbov(const std::vector<int16_t>& samples, int rate_hz, double frequency_hz);

}  // namespace narada::mixer::files

#endif  // NARADA_MIXER_FILES_SOUND_FILE_H_
