#include "tests/phone/tone.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace narada::phone {
namespace {

constexpr double kFrequencyMaxHz = 24000;  // Of the highest rate, 48 kHz.
constexpr double kFullScale = 32768;
constexpr double kLoudestSineDbov = -3.01;

double ToDbov(double power) {
  if (power <= 0) return kSilenceDbov;
  return std::max(kSilenceDbov, 10 * std::log10(power / (kFullScale * kFullScale)));
}

}  // namespace

absl::StatusOr<std::vector<Tone>> ParseTones(absl::string_view text) {
  std::vector<Tone> tones;
  for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    const std::vector<absl::string_view> halves = absl::StrSplit(part, '@');
    Tone tone;
    if (halves.size() > 2 || !absl::SimpleAtod(halves[0], &tone.frequency_hz) ||
        (halves.size() == 2 && !absl::SimpleAtod(halves[1], &tone.level_dbov))) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", part, "\" is not a tone; write HERTZ@DBOV, such as 440@-20"));
    }
    if (tone.frequency_hz <= 0 || tone.frequency_hz >= kFrequencyMaxHz) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", part, "\": the frequency must lie between 0 and 24000 Hz"));
    }
    if (tone.level_dbov > kLoudestSineDbov) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", part, "\": the loudest sine is -3.01 dBov"));
    }
    tones.push_back(tone);
  }
  if (tones.empty()) return absl::InvalidArgumentError("no tone given");
  return tones;
}

void AddTones(std::span<const Tone> tones, uint64_t first_sample, std::span<int16_t> out,
              int rate_hz) {
  for (size_t i = 0; i < out.size(); ++i) {
    double sum = out[i];
    for (const Tone& tone : tones) {
      if (tone.frequency_hz >= rate_hz / 2.0) continue;
      // Phase in turns, kept small before it becomes an angle, so that hours of tone stay pure.
      const double turns =
          std::fmod(tone.frequency_hz * static_cast<double>(first_sample + i) / rate_hz, 1.0);
      const double amplitude = kFullScale * std::sqrt(2.0) * std::pow(10, tone.level_dbov / 20);
      sum += amplitude * std::sin(2 * M_PI * turns);
    }
    out[i] = static_cast<int16_t>(std::lround(std::clamp(sum, -32768.0, 32767.0)));
  }
}

double PowerDbov(std::span<const int16_t> samples) {
  if (samples.empty()) return kSilenceDbov;
  double power = 0;
  for (int16_t sample : samples) power += static_cast<double>(sample) * sample;
  return ToDbov(power / static_cast<double>(samples.size()));
}

double GoertzelDbov(std::span<const int16_t> samples, double frequency_hz, int rate_hz) {
  if (samples.empty()) return kSilenceDbov;
  // Correlates with a complex exponential; the recursion of the textbook filter loses precision
  // over seconds of samples, the phasor below is renewed often enough not to.
  const double step = 2 * M_PI * frequency_hz / rate_hz;
  const double n = static_cast<double>(samples.size());
  double real = 0;
  double imaginary = 0;
  double window_sum = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double x = 2 * M_PI * (static_cast<double>(i) + 0.5) / n;
    // 4-term Blackman-Harris: side lobes below -92 dB.
    const double window =
        0.35875 - 0.48829 * std::cos(x) + 0.14128 * std::cos(2 * x) - 0.01168 * std::cos(3 * x);
    const double angle = step * static_cast<double>(i);
    real += window * samples[i] * std::cos(angle);
    imaginary += window * samples[i] * std::sin(angle);
    window_sum += window;
  }
  const double amplitude = 2 * std::sqrt(real * real + imaginary * imaginary) / window_sum;
  return ToDbov(amplitude * amplitude / 2);
}

}  // namespace narada::phone
