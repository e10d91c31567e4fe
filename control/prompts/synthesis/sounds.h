// Tones and music without words, composed for this service and computed from tables: the same bytes
// on every build. Build time only.
#ifndef NARADA_CONTROL_PROMPTS_SYNTHESIS_SOUNDS_H_
#define NARADA_CONTROL_PROMPTS_SYNTHESIS_SOUNDS_H_

#include "control/model/phrase.h"
#include "control/prompts/synthesis/speech_audio.h"

namespace narada::control::prompts {

// A sound at kRecordingRateHz. Music loops without a seam: what rings past its end is at its start.
// `key` must be a sound (IsSound).
Audio ComposeSound(PromptKey key);

}  // namespace narada::control::prompts

#endif  // NARADA_CONTROL_PROMPTS_SYNTHESIS_SOUNDS_H_
