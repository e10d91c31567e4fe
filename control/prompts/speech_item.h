#ifndef NARADA_CONTROL_PROMPTS_SPEECH_ITEM_H_
#define NARADA_CONTROL_PROMPTS_SPEECH_ITEM_H_

#include <string>
#include <utility>

#include "absl/time/time.h"

namespace narada::control::prompts {

// A step of what is said: a recording's file name without ".wav", or a pause.
struct SpeechItem {
  std::string file;  // Empty: a pause.
  absl::Duration pause;
  bool operator==(const SpeechItem&) const = default;
};

inline SpeechItem Spoken(std::string file) { return {.file = std::move(file), .pause = {}}; }
inline SpeechItem Silence(absl::Duration pause) { return {.file = "", .pause = pause}; }

}  // namespace narada::control::prompts

#endif  // NARADA_CONTROL_PROMPTS_SPEECH_ITEM_H_
