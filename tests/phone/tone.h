#ifndef NARADA_TESTS_PHONE_TONE_H_
#define NARADA_TESTS_PHONE_TONE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace narada::phone {

// Levels are in dBov: 0 is the power of a full-scale square wave, so a full-scale sine is -3.01 dBov
// and a tone of -20 dBov has an RMS of 3277.
inline constexpr double kSilenceDbov = -127.0;

// A steady sine. `level_dbov` is its power against a full-scale square wave; at most -3.01.
struct Tone {
  double frequency_hz = 440;
  double level_dbov = -20;
};

// Reads "440@-20" or several, summed: "440@-20,660@-26". Errors name the wrong part.
absl::StatusOr<std::vector<Tone>> ParseTones(absl::string_view text);

// Adds `tones` to `out`, as they sound from sample `first_sample` of an endless sine, so that
// consecutive frames join without a click. Saturates. A tone that the rate cannot carry is left out.
void AddTones(std::span<const Tone> tones, uint64_t first_sample, std::span<int16_t> out,
              int rate_hz = 8000);

// Power of `samples`, in dBov; kSilenceDbov for none.
double PowerDbov(std::span<const int16_t> samples);

// Power of one tone in `samples`, by a Goertzel filter over a Blackman-Harris window.
double GoertzelDbov(std::span<const int16_t> samples, double frequency_hz, int rate_hz = 8000);

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_TONE_H_
