// A codec as one stream uses it: which one, under which number, with which parameters. A plain
// value, made off the worker from the agreed SDP (opus_format.h reads a=fmtp), free to copy.
#ifndef NARADA_MIXER_CODEC_CODEC_FORMAT_H_
#define NARADA_MIXER_CODEC_CODEC_FORMAT_H_

#include <cstdint>

#include "mixer/codec/codec_id.h"
#include "mixer/codec/codec_traits.h"
#include "mixer/units/media_time.h"
#include "mixer/units/payload_type.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::codec {

// How we encode Opus, and at which rate we run it. What the far end wishes (RFC 7587 §6.1), within
// what is configured.
struct OpusParameters {
  // Of our PCM, both ways: 8000, 16000 or 48000. Below 48000 where the far end says that it plays
  // and records no more, which saves most of the work.
  int32_t sample_rate_hz = 48'000;
  // The highest rate that the far end plays: 8000, 12000, 16000, 24000 or 48000.
  int32_t playback_rate_hz = 48'000;
  int32_t bitrate_bps = 32'000;  // 6000 to 510000.
  int32_t complexity = 5;        // 0 to 10.
  bool is_vbr = true;
  bool has_fec = false;             // In-band FEC, for a decoder that uses it.
  bool has_dtx = false;             // Silence is not sent.
  int32_t packet_loss_percent = 5;  // What FEC reckons with.

  friend bool operator==(const OpusParameters&, const OpusParameters&) = default;
};

struct CodecFormat {
  CodecId id = CodecId::kPcma;
  PayloadType payload_type = kPcmaPayloadType;
  MediaDuration ptime = Milliseconds(20);  // What one packet holds.
  OpusParameters opus;                     // Of CodecId::kOpus alone.

  // The rate of the PCM that the codec's decoder makes and its encoder takes.
  SampleRate sample_rate() const noexcept {
    return id == CodecId::kOpus ? SampleRate::FromHertz(opus.sample_rate_hz)
                                : TraitsOf(id).sample_rate;
  }
  // Of its RTP timestamps.
  ClockRate clock_rate() const noexcept { return TraitsOf(id).clock_rate; }

  // True if one encoder serves both: the same payload, whatever its number.
  bool IsEncodedLike(const CodecFormat& other) const noexcept {
    return id == other.id && ptime == other.ptime && (id != CodecId::kOpus || opus == other.opus);
  }

  friend bool operator==(const CodecFormat&, const CodecFormat&) = default;
};

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_CODEC_FORMAT_H_
