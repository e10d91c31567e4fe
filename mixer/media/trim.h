// Leaves out what is silent before and behind the sound: of a name that was spoken after a beep, say.
//   if (!TrimSilence(audio)) ...       // nothing was said at all; `audio` is unchanged
#ifndef NARADA_MIXER_MEDIA_TRIM_H_
#define NARADA_MIXER_MEDIA_TRIM_H_

#include "mixer/media/decoded_audio.h"

namespace narada::mixer::media {

// Silent is what lies 30 dB below the loudest 20 ms, or below -50 dBov. A tenth of a second stays on
// both sides, so that no soft beginning is cut.
bool TrimSilence(DecodedAudio& audio);

}  // namespace narada::mixer::media

#endif  // NARADA_MIXER_MEDIA_TRIM_H_
