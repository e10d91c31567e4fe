// How a digit reached us.
#ifndef NARADA_MIXER_DTMF_DIGIT_PATH_H_
#define NARADA_MIXER_DTMF_DIGIT_PATH_H_

#include <cstddef>
#include <cstdint>

namespace narada::mixer::dtmf {

enum class DigitPath : uint8_t {
  kTelephoneEvent,  // RFC 4733.
  kInBand,          // A tone in the audio.
  kSignaling,       // SIP INFO or the like.
};

inline constexpr size_t kDigitPathCount = 3;

}  // namespace narada::mixer::dtmf

#endif  // NARADA_MIXER_DTMF_DIGIT_PATH_H_
