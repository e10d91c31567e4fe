// The codecs this mixer has. Which of them a leg uses is agreed in SDP; see codec_traits.h for
// names.
#ifndef NARADA_MIXER_CODEC_CODEC_ID_H_
#define NARADA_MIXER_CODEC_CODEC_ID_H_

#include <cstddef>
#include <cstdint>
#include <ostream>

namespace narada::mixer::codec {

enum class CodecId : uint8_t {
  kPcma,  // G.711 A-law.
  kPcmu,  // G.711 µ-law.
};

inline constexpr size_t kCodecCount = 2;

// The encoding name of a=rtpmap, as registered with IANA ("PCMA"); compared without case.
const char* EncodingName(CodecId id) noexcept;

inline std::ostream& operator<<(std::ostream& out, CodecId id) { return out << EncodingName(id); }

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_CODEC_ID_H_
