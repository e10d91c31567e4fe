// The codecs this mixer has. Which of them a leg uses is agreed in SDP; see codec_traits.h for
// names.
#ifndef NARADA_MIXER_CODEC_CODEC_ID_H_
#define NARADA_MIXER_CODEC_CODEC_ID_H_

#include <cstddef>
#include <cstdint>
#include <ostream>

namespace narada::mixer::codec {

enum class CodecId : uint8_t {
  kPcma,     // G.711 A-law.
  kPcmu,     // G.711 µ-law.
  kG722,     // G.722 at 64 kbit/s: PCM at 16 kHz, RTP clock of 8 kHz.
  kOpus,     // RFC 7587: RTP clock of 48 kHz, PCM at the rate that CodecFormat says.
  kL16At8k,  // Linear 16 bits, mono (RFC 3551 §4.5.11), one id for each rate.
  kL16At16k,
  kL16At48k,
};

inline constexpr size_t kCodecCount = 7;

// The encoding name of a=rtpmap, as registered with IANA ("PCMA"); compared without case.
const char* EncodingName(CodecId id) noexcept;

// One word for logs, metrics and configuration: the encoding name, with the rate where there are
// several ("L16/16000").
const char* CodecName(CodecId id) noexcept;

inline std::ostream& operator<<(std::ostream& out, CodecId id) { return out << CodecName(id); }

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_CODEC_ID_H_
