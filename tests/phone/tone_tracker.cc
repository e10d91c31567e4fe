#include "tests/phone/tone_tracker.h"

#include <cmath>

namespace narada::phone {

ToneTracker::Frame ToneTracker::Hear(std::span<const int16_t> frame) {
  constexpr double kTurn = 2 * std::numbers::pi;
  std::complex<double> sum = 0;
  for (const int16_t sample : frame) {
    sum += static_cast<double>(sample) * std::polar(1.0, -std::fmod(turn_ * samples_++, kTurn));
  }
  Frame heard = {.amplitude = std::abs(sum) / static_cast<double>(frame.size())};
  if (std::abs(last_) > 0 && std::abs(sum) > 0) {
    heard.step_us = std::arg(sum / last_) / kTurn / hertz_ * 1e6;
  }
  last_ = sum;
  return heard;
}

}  // namespace narada::phone
