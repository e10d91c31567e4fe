// Makes a stretch of sound a little shorter or longer without a click: one period of its waveform
// is taken out or put in.
//   size_t removed = RemovePeriod(samples, at_most, rate);   // the rest is at the front
//   size_t inserted = InsertPeriod(buffer, size, at_most, rate);
// Pure functions; no allocation; integers, and doubles only to compare exact sums.
#ifndef NARADA_MIXER_JITTER_TIME_SCALING_H_
#define NARADA_MIXER_JITTER_TIME_SCALING_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "mixer/units/sample_count.h"

namespace narada::mixer::jitter {

// The shortest stretch that is ever taken out or put in.
constexpr size_t ShortestPeriod(SampleRate rate) noexcept {
  return static_cast<size_t>(rate.hertz()) / 400;
}

// Looks at the first 20 ms; takes up to `at_most` samples out. 0, and nothing changed: no period
// repeats well enough here, or too little is there. Silence is always shortened, and with `must`
// everything is: noise suffers least.
size_t RemovePeriod(std::span<int16_t> samples, size_t at_most, SampleRate rate,
                    bool must = false) noexcept;

// The first `size` samples of `buffer` are valid, about 20 ms; puts up to `at_most` in, as far as
// `buffer` reaches. 0 and `must` as above.
size_t InsertPeriod(std::span<int16_t> buffer, size_t size, size_t at_most, SampleRate rate,
                    bool must = false) noexcept;

}  // namespace narada::mixer::jitter

#endif  // NARADA_MIXER_JITTER_TIME_SCALING_H_
