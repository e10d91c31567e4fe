#include "control/prompts/synthesis/speech_audio.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace narada::control::prompts {
namespace {

constexpr double kFullScale = 32768;
constexpr double kSilenceDbov = -52;    // Quieter than the softest consonant espeak-ng makes.
constexpr double kBelowLoudestDb = 20;  // Pauses between words do not count as speech.
constexpr double kPeakMax = 0.84;       // -1.5 dBov.
constexpr int kSincZeroCrossings = 32;  // Each side; the transition is 2 / 32 of Nyquist.
constexpr double kKaiserBeta = 6.2;     // 65 dB.

double Decibels(double power) {
  return power <= 0 ? -127 : std::max(-127.0, 10 * std::log10(power));
}

double PowerOf(std::span<const double> audio) {
  double sum = 0;
  for (double sample : audio) sum += sample * sample;
  return audio.empty() ? 0 : sum / static_cast<double>(audio.size());
}

// Power of each whole or partial piece.
std::vector<double> PiecePowers(std::span<const double> audio, size_t piece) {
  std::vector<double> powers;
  for (size_t at = 0; at < audio.size(); at += piece) {
    powers.push_back(PowerOf(audio.subspan(at, std::min(piece, audio.size() - at))));
  }
  return powers;
}

// Modified Bessel function of the first kind, order 0.
double Bessel0(double x) {
  double sum = 1;
  double term = 1;
  for (int k = 1; term > sum * 1e-12; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

double WindowedSinc(double x, double cutoff, double half_width) {
  const double angle = std::numbers::pi * x * cutoff;
  const double sinc = angle == 0 ? 1 : std::sin(angle) / angle;
  const double inside = x / half_width;
  return sinc * Bessel0(kKaiserBeta * std::sqrt(std::max(0.0, 1 - inside * inside))) /
         Bessel0(kKaiserBeta);
}

}  // namespace

Audio ToAudio(std::span<const int16_t> samples) {
  Audio audio;
  audio.reserve(samples.size());
  for (int16_t sample : samples) audio.push_back(sample / kFullScale);
  return audio;
}

std::vector<int16_t> ToPcm(std::span<const double> audio) {
  std::vector<int16_t> samples;
  samples.reserve(audio.size());
  for (double sample : audio) {
    const double scaled = std::clamp(std::round(sample * kFullScale), -32768.0, 32767.0);
    samples.push_back(static_cast<int16_t>(scaled));
  }
  return samples;
}

Audio Resampled(std::span<const double> audio, int from_hz, int to_hz) {
  if (from_hz == to_hz) return Audio(audio.begin(), audio.end());
  // The pass band ends below the lower Nyquist frequency by the width of the transition.
  const double lower = std::min(1.0, static_cast<double>(to_hz) / from_hz);
  const double cutoff = lower * (1 - 2.0 / kSincZeroCrossings);
  const double half_width = kSincZeroCrossings / cutoff;
  const auto reach = static_cast<int64_t>(half_width);
  // Output samples fall between input samples in only so many ways; each has its filter.
  const int64_t phases = to_hz / std::gcd(from_hz, to_hz);
  std::vector<Audio> filters;
  for (int64_t phase = 0; phase < phases; ++phase) {
    Audio& filter = filters.emplace_back();
    for (int64_t i = -reach; i <= reach + 1; ++i) {
      const double x = static_cast<double>(i) - static_cast<double>(phase) / phases;
      filter.push_back(std::abs(x) > half_width ? 0 : cutoff * WindowedSinc(x, cutoff, half_width));
    }
  }
  const auto size = static_cast<int64_t>(audio.size());
  Audio out(static_cast<size_t>(size * to_hz / from_hz));
  const int64_t stride = from_hz / std::gcd(from_hz, to_hz);
  for (size_t n = 0; n < out.size(); ++n) {
    const int64_t at = static_cast<int64_t>(n) * stride;
    const Audio& filter = filters[static_cast<size_t>(at % phases)];
    const int64_t first = at / phases - reach;
    const int64_t last = std::min(size - 1, first + static_cast<int64_t>(filter.size()) - 1);
    double sum = 0;
    for (int64_t i = std::max<int64_t>(0, first); i <= last; ++i) {
      sum += audio[static_cast<size_t>(i)] * filter[static_cast<size_t>(i - first)];
    }
    out[n] = sum;
  }
  return out;
}

Audio Trimmed(std::span<const double> audio, int rate_hz) {
  const size_t per_ms = static_cast<size_t>(rate_hz / 1000);
  const size_t piece = 2 * per_ms;
  const std::vector<double> powers = PiecePowers(audio, piece);
  const auto is_sound = [](double power) { return Decibels(power) > kSilenceDbov; };
  const auto first = std::find_if(powers.begin(), powers.end(), is_sound);
  if (first == powers.end()) return {};
  const auto last = std::find_if(powers.rbegin(), powers.rend(), is_sound).base();
  const size_t sound_begin = static_cast<size_t>(first - powers.begin()) * piece;
  const size_t sound_end =
      std::min(audio.size(), static_cast<size_t>(last - powers.begin()) * piece);
  const size_t begin = sound_begin - std::min(sound_begin, 5 * per_ms);
  const size_t end = std::min(audio.size(), sound_end + 30 * per_ms);
  Audio out(audio.begin() + static_cast<std::ptrdiff_t>(begin),
            audio.begin() + static_cast<std::ptrdiff_t>(end));
  const size_t fade_in = std::min(out.size(), 3 * per_ms);
  for (size_t i = 0; i < fade_in; ++i) {
    out[i] *= static_cast<double>(i) / static_cast<double>(fade_in);
  }
  const size_t fade_out = std::min(out.size(), 20 * per_ms);
  for (size_t i = 0; i < fade_out; ++i) {
    out[out.size() - 1 - i] *= static_cast<double>(i) / static_cast<double>(fade_out);
  }
  return out;
}

double SpeechLevelDbov(std::span<const double> audio, int rate_hz) {
  const std::vector<double> powers = PiecePowers(audio, static_cast<size_t>(rate_hz / 100));
  if (powers.empty()) return Decibels(0);
  const double threshold =
      *std::max_element(powers.begin(), powers.end()) * std::pow(10, -kBelowLoudestDb / 10);
  double sum = 0;
  int count = 0;
  for (double power : powers) {
    if (power >= threshold && power > 0) {
      sum += power;
      ++count;
    }
  }
  return count == 0 ? Decibels(0) : Decibels(sum / count);
}

Audio Levelled(std::span<const double> audio, int rate_hz) {
  const double level = SpeechLevelDbov(audio, rate_hz);
  Audio out(audio.begin(), audio.end());
  if (level <= -127) return out;
  double peak = 0;
  for (double sample : audio) peak = std::max(peak, std::abs(sample));
  const double gain = std::min(std::pow(10, (kSpeechLevelDbov - level) / 20), kPeakMax / peak);
  for (double& sample : out) sample *= gain;
  return out;
}

}  // namespace narada::control::prompts
