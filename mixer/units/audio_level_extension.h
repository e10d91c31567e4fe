// What was agreed on the level of its audio that a sender writes into its packets (RFC 6464).
#ifndef NARADA_MIXER_UNITS_AUDIO_LEVEL_EXTENSION_H_
#define NARADA_MIXER_UNITS_AUDIO_LEVEL_EXTENSION_H_

#include <cstdint>

namespace narada::mixer {

struct AudioLevelExtension {
  uint8_t id = 0;  // Of the element in the header extension (RFC 8285): 1-14, 16-255.
  bool has_voice_flag =
      true;  // Its flag says whether there is voice (vad=on); else it says nothing.

  friend bool operator==(const AudioLevelExtension&, const AudioLevelExtension&) = default;
};

}  // namespace narada::mixer

#endif  // NARADA_MIXER_UNITS_AUDIO_LEVEL_EXTENSION_H_
