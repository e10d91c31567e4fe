#include "mixer/files/sound_file.h"

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace narada::mixer::files {

SoundFile ReadSoundFile(const std::string& path, int64_t samples_max) {
  SoundFile result;
  SF_INFO info = {};
  SNDFILE* const file = sf_open(path.c_str(), SFM_READ, &info);
  if (file == nullptr) {
    result.error = sf_strerror(nullptr);
    return result;
  }
  result.rate_hz = info.samplerate;
  result.frames = info.frames;
  result.is_rf64 = (info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_RF64;
  result.samples.resize(static_cast<size_t>(std::min<int64_t>(info.frames, samples_max)));
  const sf_count_t got =
      sf_read_short(file, result.samples.data(), static_cast<sf_count_t>(result.samples.size()));
  result.samples.resize(static_cast<size_t>(std::max<sf_count_t>(got, 0)));
  sf_close(file);
  return result;
}

double ToneLevelDbov(const std::vector<int16_t>& samples, int rate_hz, double frequency_hz) {
  const double step = 2 * std::numbers::pi * frequency_hz / rate_hz;
  double in_phase = 0, quadrature = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    in_phase += samples[i] * std::cos(step * static_cast<double>(i));
    quadrature += samples[i] * std::sin(step * static_cast<double>(i));
  }
  const double amplitude =
      2 * std::hypot(in_phase, quadrature) / static_cast<double>(samples.size());
  // A sine of full scale has -3 dBov.
  return 20 * std::log10(std::max(amplitude, 1e-9) / 32768 / std::numbers::sqrt2);
}

}  // namespace narada::mixer::files
