// A recording as a mixer is given it.

#ifndef NARADA_CONTROL_MIXERS_PROMPT_FILES_H_
#define NARADA_CONTROL_MIXERS_PROMPT_FILES_H_

#include <string>

namespace narada::control::mixers {

struct PromptFile {
  std::string
      prompt_id;  // [a-z0-9_-]{1,64}; holds a hash of the content, so an id never changes meaning.
  std::string wav;  // RIFF WAVE.
};

}  // namespace narada::control::mixers

#endif  // NARADA_CONTROL_MIXERS_PROMPT_FILES_H_
