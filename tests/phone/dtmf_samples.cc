#include <array>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/phone/media_session.h"
#include "tests/phone/tone.h"

namespace narada::phone {

std::vector<int16_t> DtmfSamples(absl::string_view digits, absl::Duration press,
                                 absl::Duration pause, int rate_hz) {
  constexpr absl::string_view kKeys = "123A456B789C*0#D";
  constexpr std::array<double, 4> kRowsHz = {697, 770, 852, 941};
  constexpr std::array<double, 4> kColumnsHz = {1209, 1336, 1477, 1633};
  const auto samples_in = [rate_hz](absl::Duration time) {
    return static_cast<size_t>(absl::ToInt64Milliseconds(time) * rate_hz / 1000);
  };
  const size_t press_samples = samples_in(press);
  const size_t pause_samples = samples_in(pause);
  std::vector<int16_t> samples;
  for (char digit : digits) {
    const size_t key = kKeys.find(digit);
    if (key == absl::string_view::npos) continue;
    std::vector<int16_t> one(press_samples, 0);
    const std::array<Tone, 2> pair = {Tone{kRowsHz[key / 4], -13}, Tone{kColumnsHz[key % 4], -13}};
    AddTones(pair, 0, one, rate_hz);
    samples.insert(samples.end(), one.begin(), one.end());
    samples.insert(samples.end(), pause_samples, 0);
  }
  return samples;
}

}  // namespace narada::phone
