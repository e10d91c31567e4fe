// Words to samples by the program espeak-ng. Build time only.
#ifndef NARADA_CONTROL_PROMPTS_SYNTHESIS_ESPEAK_H_
#define NARADA_CONTROL_PROMPTS_SYNTHESIS_ESPEAK_H_

#include <string>

#include "absl/status/statusor.h"
#include "control/prompts/catalogue.h"
#include "control/prompts/wav.h"

namespace narada::control::prompts {

// Runs espeak-ng and takes what it says. UNAVAILABLE / SYNTHESISER_FAILED with the likely cause.
absl::StatusOr<Pcm> SpeakWithEspeak(const Voice& voice, const std::string& text);

}  // namespace narada::control::prompts

#endif  // NARADA_CONTROL_PROMPTS_SYNTHESIS_ESPEAK_H_
