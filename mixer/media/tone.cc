#include "mixer/media/tone.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace narada::mixer::media {
namespace {

constexpr int kTableBits = 10;  // Entries of a quarter turn.
constexpr int kTableSize = 1 << kTableBits;

// sin(x) for x in [0, pi/2] by its Taylor series: at compile time, so the same everywhere.
constexpr double Sine(double x) {
  double term = x, sum = x;
  for (int k = 1; k < 12; ++k) {
    term *= -x * x / ((2 * k) * (2 * k + 1));
    sum += term;
  }
  return sum;
}

// A quarter turn in Q30, with one entry beyond for the interpolation.
constexpr std::array<int32_t, kTableSize + 1> MakeTable() {
  std::array<int32_t, kTableSize + 1> table = {};
  constexpr double kHalfPi = 1.57079632679489661923;
  for (int i = 0; i <= kTableSize; ++i) {
    table[i] = static_cast<int32_t>(Sine(kHalfPi * i / kTableSize) * (1 << 30) + 0.5);
  }
  return table;
}

constexpr std::array<int32_t, kTableSize + 1> kTable = MakeTable();

// In Q30. The upper two bits of the phase are the quarter.
int32_t SineOf(uint32_t phase) noexcept {
  const uint32_t quarter = phase >> 30;
  uint32_t within = phase & 0x3fffffff;
  if (quarter & 1) within = 0x40000000 - within;
  const uint32_t index = within >> (30 - kTableBits);
  const int64_t fraction = within & ((1u << (30 - kTableBits)) - 1);
  const int64_t next = index < kTableSize ? kTable[index + 1] : kTable[index];
  const int64_t value = kTable[index] + (((next - kTable[index]) * fraction) >> (30 - kTableBits));
  return static_cast<int32_t>(quarter & 2 ? -value : value);
}

uint32_t StepOf(double frequency_hz, SampleRate rate) noexcept {
  // Above half the rate there is no such tone.
  if (!(frequency_hz > 0) || frequency_hz * 2 >= rate.hertz()) return 0;
  return static_cast<uint32_t>(frequency_hz / rate.hertz() * 4294967296.0 + 0.5);
}

}  // namespace

ToneGenerator::ToneGenerator(const Tone& tone, SampleRate rate) noexcept
    : frequencies_hz_{tone.frequency_hz, tone.second_frequency_hz},
      amplitude_(static_cast<int32_t>(tone.level.SineAmplitude() + 0.5)) {
  SetRate(rate);
}

void ToneGenerator::SetRate(SampleRate rate) noexcept {
  for (int i = 0; i < 2; ++i) steps_[i] = StepOf(frequencies_hz_[i], rate);
}

void ToneGenerator::Generate(std::span<int16_t> frame) noexcept {
  for (int16_t& sample : frame) {
    const int64_t sum = int64_t{SineOf(phases_[0])} + SineOf(phases_[1]);
    phases_[0] += steps_[0];
    phases_[1] += steps_[1];
    const int64_t value = (sum * amplitude_ + (int64_t{1} << 29)) >> 30;
    sample = static_cast<int16_t>(std::clamp<int64_t>(value, INT16_MIN, INT16_MAX));
  }
}

}  // namespace narada::mixer::media
