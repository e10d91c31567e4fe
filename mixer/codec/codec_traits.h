// What is the same for every stream of a codec: its clocks and numbers (and EncodingName()).
//   const CodecTraits& traits = TraitsOf(CodecId::kPcma);
//   std::optional<CodecId> codec = FindCodec("pcma", ClockRate::FromHertz(8000), 1);
#ifndef NARADA_MIXER_CODEC_CODEC_TRAITS_H_
#define NARADA_MIXER_CODEC_CODEC_TRAITS_H_

#include <optional>
#include <span>

#include "absl/strings/string_view.h"
#include "mixer/codec/codec_id.h"
#include "mixer/units/media_time.h"
#include "mixer/units/payload_type.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::codec {

struct CodecTraits {
  CodecId id;
  ClockRate clock_rate;                            // Of RTP timestamps, as a=rtpmap says.
  SampleRate sample_rate;                          // Of the PCM that is coded, the highest.
  int channels;                                    // In a=rtpmap.
  std::optional<PayloadType> static_payload_type;  // RFC 3551 §6; unset: always dynamic.
  bool is_stateless;                               // Each packet is decoded by itself.
  MediaDuration ptime_max;  // Longer packets would not fit the MTU, or are longer than anyone asks.
};

// A payload of ours never exceeds this, so that IP does not fragment it: 1500 less the headers of
// IPv6, UDP, RTP and SRTP, and room for a tunnel.
inline constexpr size_t kPayloadSizeMax = 1320;

const CodecTraits& TraitsOf(CodecId id) noexcept;

std::span<const CodecTraits> AllCodecs() noexcept;

// The codecs that we offer and accept where nothing else is configured, the most wanted first.
std::span<const CodecId> DefaultPreference() noexcept;

// Further ones that we accept and do not offer: L16, as it fills a network for nothing heard.
std::span<const CodecId> AcceptedByDefault() noexcept;

// By the words of a=rtpmap, or by a static payload type where there is no rtpmap. Empty: not ours.
std::optional<CodecId> FindCodec(absl::string_view encoding_name, ClockRate clock_rate,
                                 int channels) noexcept;
std::optional<CodecId> FindCodec(PayloadType static_payload_type) noexcept;
// By CodecName(), without case.
std::optional<CodecId> FindCodecByName(absl::string_view name) noexcept;

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_CODEC_TRAITS_H_
