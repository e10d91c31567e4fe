// How loud a packet's audio is by its sender (RFC 6464 §3): an element of the header extension.
//
//    0 1 2 3 4 5 6 7
//   +-+-+-+-+-+-+-+-+
//   |V|   -level    |      level in dBov, V: there is voice
//   +-+-+-+-+-+-+-+-+
//
//   std::optional<AudioLevelElement> level = AudioLevelElement::Parse(packet.FindExtensionElement(id));
#ifndef NARADA_MIXER_RTP_AUDIO_LEVEL_ELEMENT_H_
#define NARADA_MIXER_RTP_AUDIO_LEVEL_ELEMENT_H_

#include <cstdint>
#include <optional>
#include <span>

namespace narada::mixer::rtp {

struct AudioLevelElement {
  int level_dbov = 0;  // 0 to -127, which is digital silence.
  bool is_voice = false;

  // Unset: not an element of one byte, or none.
  static constexpr std::optional<AudioLevelElement> Parse(
      std::span<const uint8_t> element) noexcept {
    if (element.size() != 1) return std::nullopt;
    return AudioLevelElement{.level_dbov = -(element[0] & 0x7f),
                             .is_voice = (element[0] & 0x80) != 0};
  }
};

}  // namespace narada::mixer::rtp

#endif  // NARADA_MIXER_RTP_AUDIO_LEVEL_ELEMENT_H_
