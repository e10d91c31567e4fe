// What a simulated phone heard, and how a test asks about it.
//   EXPECT_NEAR(phone.heard().LevelAt(Hertz(440)), -20, 1);
//   EXPECT_LT(phone.heard().longest_gap(), Milliseconds(5));
#ifndef NARADA_TESTS_SIMULATION_HEARING_H_
#define NARADA_TESTS_SIMULATION_HEARING_H_

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::simulation {

struct Hertz {
  constexpr explicit Hertz(double value) : value(value) {}
  double value;
};

class Hearing {
 public:
  // Sample 0 is the first one received.
  explicit Hearing(std::vector<int16_t> samples,
                   mixer::SampleRate rate = mixer::SampleRate::FromHertz(8000))
      : samples_(std::move(samples)), rate_(rate) {}

  // Without the first part: a conference that settles.
  Hearing Since(mixer::MediaDuration begin) const;
  Hearing Until(mixer::MediaDuration end) const;

  // Of the sine of this frequency, in dBov; what is not there is below -90.
  double LevelAt(Hertz frequency) const;
  // Of everything, in dBov.
  double Level() const;
  // The longest stretch at least 20 dB below the typical level, to a millisecond or two.
  mixer::MediaDuration longest_gap() const;
  // The largest step between two samples.
  int largest_step() const;
  int largest_sample() const;

  std::span<const int16_t> samples() const { return samples_; }
  mixer::MediaDuration length() const;

 private:
  size_t SamplesIn(mixer::MediaDuration duration) const;

  std::vector<int16_t> samples_;
  mixer::SampleRate rate_;
};

}  // namespace narada::simulation

#endif  // NARADA_TESTS_SIMULATION_HEARING_H_
