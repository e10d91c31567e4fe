// Keys as audio, for tests: the two sines of ITU-T Q.23.
//   DtmfAudio audio(SampleRate::FromHertz(8000));
//   audio.Press('5', {.tone = Milliseconds(50), .pause = Milliseconds(50)});
//   detector.Process(audio.samples(), ...);
#ifndef NARADA_MIXER_DTMF_DTMF_AUDIO_H_
#define NARADA_MIXER_DTMF_DTMF_AUDIO_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/random.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::dtmf {

inline constexpr absl::string_view kKeys = "123A456B789C*0#D";
inline constexpr double kRowsHz[] = {697, 770, 852, 941};
inline constexpr double kColumnsHz[] = {1209, 1336, 1477, 1633};
inline double RowHz(char key) { return kRowsHz[kKeys.find(key) / 4]; }
inline double ColumnHz(char key) { return kColumnsHz[kKeys.find(key) % 4]; }

// A full-scale sine is +3.14 dBm0 (ITU-T G.711).
inline constexpr double kFullScaleDbm0 = 3.14;
inline double AmplitudeOf(double dbm0) {
  return 32767 * std::pow(10, (dbm0 - kFullScaleDbm0) / 20);
}

struct Press {
  MediaDuration tone = Milliseconds(100);
  MediaDuration pause = Milliseconds(100);
  double level_dbm0 = -10;   // Of the row's sine.
  double twist_db = 0;       // The column's level over the row's.
  double deviation = 0;      // Of both frequencies: 0.015 is 1.5 %.
  double noise_dbm0 = -100;  // White, during tone and pause.
};

class DtmfAudio {
 public:
  explicit DtmfAudio(SampleRate rate, uint64_t seed = 1) : rate_(rate), random_(seed) {}

  void Press(char key, const dtmf::Press& press) {
    const double row = Radians(RowHz(key) * (1 + press.deviation));
    const double column = Radians(ColumnHz(key) * (1 + press.deviation));
    const double row_amplitude = AmplitudeOf(press.level_dbm0);
    const double column_amplitude = AmplitudeOf(press.level_dbm0 + press.twist_db);
    // Uniform noise of that power: its peak is sqrt(3) of its RMS, a sine's is sqrt(2).
    const double noise = AmplitudeOf(press.noise_dbm0) / std::numbers::sqrt2 * std::sqrt(3.0);
    const double row_phase = random_.Fraction() * 2 * std::numbers::pi;
    const double column_phase = random_.Fraction() * 2 * std::numbers::pi;
    const size_t tone = rate_.SamplesIn(press.tone).size();
    const size_t all = tone + rate_.SamplesIn(press.pause).size();
    for (size_t i = 0; i < all; ++i) {
      double sample = press.noise_dbm0 > -100 ? noise * (2 * random_.Fraction() - 1) : 0;
      if (i < tone) {
        const auto at = static_cast<double>(i);
        sample += row_amplitude * std::sin(row * at + row_phase) +
                  column_amplitude * std::sin(column * at + column_phase);
      }
      samples_.push_back(static_cast<int16_t>(std::clamp(std::round(sample), -32768.0, 32767.0)));
    }
  }
  void Silence(MediaDuration length) {
    samples_.resize(samples_.size() + rate_.SamplesIn(length).size());
  }
  // One sine, such as a voice might be.
  void Sine(double hertz, double dbm0, MediaDuration length) {
    const size_t samples = rate_.SamplesIn(length).size();
    for (size_t i = 0; i < samples; ++i) {
      samples_.push_back(static_cast<int16_t>(
          std::round(AmplitudeOf(dbm0) * std::sin(Radians(hertz) * static_cast<double>(i)))));
    }
  }

  std::vector<int16_t>& samples() { return samples_; }

 private:
  double Radians(double hertz) const { return 2 * std::numbers::pi * hertz / rate_.hertz(); }

  const SampleRate rate_;
  SeededRandom random_;
  std::vector<int16_t> samples_;
};

// The level of one frequency in `samples`, in dBm0.
inline double LevelDbm0(std::span<const int16_t> samples, double hertz, SampleRate rate) {
  double real = 0;
  double imaginary = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double angle = 2 * std::numbers::pi * hertz * static_cast<double>(i) / rate.hertz();
    real += samples[i] * std::cos(angle);
    imaginary += samples[i] * std::sin(angle);
  }
  const double amplitude = 2 * std::hypot(real, imaginary) / static_cast<double>(samples.size());
  return 20 * std::log10(std::max(amplitude, 1e-9) / 32767) + kFullScaleDbm0;
}

}  // namespace narada::mixer::dtmf

#endif  // NARADA_MIXER_DTMF_DTMF_AUDIO_H_
