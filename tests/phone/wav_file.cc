#include "tests/phone/wav_file.h"

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "absl/strings/str_cat.h"

namespace narada::phone {
namespace {

struct CloseFile {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using File = std::unique_ptr<SNDFILE, CloseFile>;

// Windowed sinc, 32 zero crossings to each side, cut at 0.9 of the lower band: slow and clean.
std::vector<int16_t> Resample(const std::vector<float>& in, int from_hz, int to_hz) {
  const double ratio = static_cast<double>(from_hz) / to_hz;
  const double cut = 0.9 * std::min(1.0, 1 / ratio);
  const double half_width = 32 / cut;
  const int64_t in_size = static_cast<int64_t>(in.size());
  std::vector<int16_t> out(static_cast<size_t>(static_cast<double>(in.size()) / ratio));
  for (size_t i = 0; i < out.size(); ++i) {
    const double center = static_cast<double>(i) * ratio;
    double sum = 0;
    const int64_t first = std::max<int64_t>(0, static_cast<int64_t>(center - half_width));
    const int64_t last = std::min(in_size - 1, static_cast<int64_t>(center + half_width));
    for (int64_t k = first; k <= last; ++k) {
      const double x = center - static_cast<double>(k);
      const double sinc = x == 0 ? 1 : std::sin(M_PI * cut * x) / (M_PI * cut * x);
      const double window = 0.5 + 0.5 * std::cos(M_PI * x / half_width);
      sum += in[static_cast<size_t>(k)] * cut * sinc * window;
    }
    out[i] = static_cast<int16_t>(std::lround(std::clamp(sum * 32768, -32768.0, 32767.0)));
  }
  return out;
}

}  // namespace

absl::StatusOr<std::vector<int16_t>> ReadSpeech(const std::string& path, int rate_hz) {
  SF_INFO info{};
  File file(sf_open(path.c_str(), SFM_READ, &info));
  if (file == nullptr) {
    return absl::NotFoundError(absl::StrCat(path, ": ", sf_strerror(nullptr)));
  }
  std::vector<float> interleaved(static_cast<size_t>(info.frames * info.channels));
  const sf_count_t frames = sf_readf_float(file.get(), interleaved.data(), info.frames);
  std::vector<float> mono(static_cast<size_t>(frames));
  for (size_t i = 0; i < mono.size(); ++i) {
    float sum = 0;
    for (int c = 0; c < info.channels; ++c) {
      sum += interleaved[i * static_cast<size_t>(info.channels) + static_cast<size_t>(c)];
    }
    mono[i] = sum / static_cast<float>(info.channels);
  }
  if (info.samplerate == rate_hz) {
    std::vector<int16_t> out(mono.size());
    std::transform(mono.begin(), mono.end(), out.begin(), [](float sample) {
      return static_cast<int16_t>(std::lround(std::clamp(sample * 32768.0F, -32768.0F, 32767.0F)));
    });
    return out;
  }
  return Resample(mono, info.samplerate, rate_hz);
}

absl::Status WriteWav(const std::string& path, std::span<const int16_t> samples, int rate_hz) {
  SF_INFO info{};
  info.samplerate = rate_hz;
  info.channels = 1;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  File file(sf_open(path.c_str(), SFM_WRITE, &info));
  if (file == nullptr) {
    return absl::PermissionDeniedError(absl::StrCat(path, ": ", sf_strerror(nullptr)));
  }
  const sf_count_t size = static_cast<sf_count_t>(samples.size());
  if (sf_write_short(file.get(), samples.data(), size) != size) {
    return absl::DataLossError(absl::StrCat(path, ": ", sf_strerror(file.get())));
  }
  return absl::OkStatus();
}

}  // namespace narada::phone
