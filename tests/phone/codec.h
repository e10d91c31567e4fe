#ifndef NARADA_TESTS_PHONE_CODEC_H_
#define NARADA_TESTS_PHONE_CODEC_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace narada::phone {

// What the phone can speak. G.711 is its own, the others are the libraries themselves, used without
// the mixer's code around them, so that a fault of that code cannot cancel itself in a test.
enum class Codec {
  kPcma,
  kPcmu,
  kG722,
  kOpus,
  kOpusStereo,  // Sends the same sound left and right; hears both as one.
  kL16At8k,
  kL16At16k,
  kL16At48k,
};

struct CodecTraits {
  Codec codec;
  absl::string_view flag;           // On the command line: "pcma", "l16/16000".
  absl::string_view encoding_name;  // Of a=rtpmap.
  int payload_type;                 // In our own offers.
  int clock_rate_hz;                // Of RTP timestamps: 8000 for G.722 (RFC 3551 §4.5.2).
  int rate_hz;                      // Of samples.
  int channels;                     // Of a=rtpmap: 2 for Opus always (RFC 7587 §7).
  absl::string_view fmtp;           // Of our own offers; empty: none.
};

const CodecTraits& TraitsOf(Codec codec);
// Errors name the codecs there are.
absl::StatusOr<Codec> ParseCodec(absl::string_view flag);

// One direction's state of a codec.
class Encoder {
 public:
  virtual ~Encoder() = default;
  // One packet's payload; empty if the codec can make no packet of so many samples.
  virtual std::vector<uint8_t> Encode(std::span<const int16_t> samples) = 0;
};

class Decoder {
 public:
  virtual ~Decoder() = default;
  // The samples of a payload; none if it is no payload of the codec.
  virtual std::vector<int16_t> Decode(std::span<const uint8_t> payload) = 0;
};

std::unique_ptr<Encoder> MakeEncoder(Codec codec);
std::unique_ptr<Decoder> MakeDecoder(Codec codec);

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_CODEC_H_
