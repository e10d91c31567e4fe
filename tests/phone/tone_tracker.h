#ifndef NARADA_TESTS_PHONE_TONE_TRACKER_H_
#define NARADA_TESTS_PHONE_TONE_TRACKER_H_

#include <complex>
#include <cstdint>
#include <numbers>
#include <span>

namespace narada::phone {

// Follows a steady tone frame by frame, against the listener's own clock: what was inserted, dropped or
// is out of place turns its phase, and silence takes its amplitude.
//   ToneTracker tracker(997, 8000);
//   for (...) tracker.Hear(frame);
// Choose a tone of no whole number of periods in a frame, or a lost frame turns nothing.
class ToneTracker {
 public:
  struct Frame {
    double step_us =
        0;  // How much earlier the tone is than the frame before lets expect; 0 for the first.
    double amplitude = 0;  // Half the tone's, in sample values.
  };

  ToneTracker(double hertz, int rate_hz)
      : hertz_(hertz), turn_(2 * std::numbers::pi * hertz / rate_hz) {}

  Frame Hear(std::span<const int16_t> frame);

 private:
  const double hertz_;
  const double turn_;  // Of the phase in a sample.
  double samples_ = 0;
  std::complex<double> last_ = 0;
};

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_TONE_TRACKER_H_
