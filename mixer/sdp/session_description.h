// An SDP message as plain values of our own (RFC 8866), as far as audio over RTP needs it.
//   ASSIGN_OR_RETURN(const SessionDescription offer, ParseSessionDescription(text));   // parser.h
// Directions are seen from whoever wrote the description. Allocates; not for the media path.
#ifndef NARADA_MIXER_SDP_SESSION_DESCRIPTION_H_
#define NARADA_MIXER_SDP_SESSION_DESCRIPTION_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "mixer/sdp/crypto_attribute.h"
#include "mixer/units/audio_level_extension.h"
#include "mixer/units/extended_reports.h"
#include "mixer/units/media_time.h"
#include "mixer/units/payload_type.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/socket_address.h"
#include "mixer/units/srtp_keys.h"

namespace narada::mixer::sdp {

// Who sends (RFC 3264 §5.1), as two bits so that directions can be combined.
enum class Direction : uint8_t { kInactive = 0, kSendOnly = 1, kRecvOnly = 2, kSendRecv = 3 };

constexpr bool Sends(Direction direction) { return (static_cast<int>(direction) & 1) != 0; }
constexpr bool Receives(Direction direction) { return (static_cast<int>(direction) & 2) != 0; }
constexpr Direction MakeDirection(bool sends, bool receives) {
  return static_cast<Direction>((sends ? 1 : 0) | (receives ? 2 : 0));
}
// The same, seen from the other side.
constexpr Direction Reverse(Direction direction) {
  return MakeDirection(Receives(direction), Sends(direction));
}
// As in a=: "sendrecv".
const char* DirectionName(Direction direction);
inline std::ostream& operator<<(std::ostream& out, Direction direction) {
  return out << DirectionName(direction);
}

// One payload type of an m= line with its a=rtpmap and a=fmtp.
struct PayloadFormat {
  std::string encoding_name;  // "PCMA"; compared without case.
  PayloadType payload_type;
  ClockRate clock_rate = ClockRate::FromHertz(8000);
  int channels = 1;
  std::string format_parameters;  // Of a=fmtp, verbatim.
  // Of our own: what a packet holds at the most. SDP has no words for it.
  MediaDuration ptime_max = Milliseconds(60);

  // The same codec, whatever the payload type and parameters. Opus is one codec, whatever number of
  // channels is written (RFC 7587 §7 demands 2; not all write it).
  bool IsSameCodec(const PayloadFormat& other) const;
  friend bool operator==(const PayloadFormat&, const PayloadFormat&) = default;
};

inline constexpr char kAudioLevelUri[] = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

// a=extmap for the level of audio (RFC 8285 §5, RFC 6464 §4).
struct AudioLevelLine {
  AudioLevelExtension extension;
  Direction direction = Direction::kSendRecv;  // In which there are levels.

  friend bool operator==(const AudioLevelLine&, const AudioLevelLine&) = default;
};

// What one side says about its audio. Also made without SDP, from a structured description.
struct AudioDescription {
  // Where it wishes to receive. Unset: no IP literal was given; an unspecified IP (0.0.0.0): it
  // wishes to receive nothing (RFC 3264 §8.4).
  SocketAddress rtp;
  SocketAddress rtcp;
  std::string connection_address;  // As written; for error messages.
  bool rtcp_mux = false;           // RFC 5761: rtcp may share the port of rtp.
  Direction direction = Direction::kSendRecv;

  std::vector<PayloadFormat> codecs;            // In order of preference, without those below.
  std::vector<PayloadFormat> telephone_events;  // RFC 4733, one for each clock rate.
  std::vector<PayloadFormat> comfort_noises;    // RFC 3389, likewise.
  ExtendedReportsWanted extended_reports;       // a=rtcp-xr: what it asks the other side to send.
  std::optional<AudioLevelLine> audio_level;
  std::optional<MediaDuration> ptime;     // What it wishes to receive in a packet.
  std::optional<MediaDuration> maxptime;  // What a packet may hold at most.

  bool is_secure = false;          // RTP/SAVP or RTP/SAVPF.
  bool is_dtls = false;            // The same over DTLS (UDP/TLS/RTP/SAVP).
  std::vector<CryptoLine> crypto;  // May stand on a plain m= line, too (RFC 8643).
  // Of a structured description alone: what the two sides agreed on elsewhere. Both or none.
  std::optional<SrtpKeys> given_send_keys;     // Ours,
  std::optional<SrtpKeys> given_receive_keys;  // and the far end's.
};

// One m= line. Lines keep their number and order for the whole call (RFC 3264 §6 and §8).
struct MediaSection {
  std::string type;                       // "audio", "video", ...
  std::string transport;                  // "RTP/AVP".
  std::string formats;                    // "0 8 101", to be repeated when the line is refused.
  uint16_t port = 0;                      // 0: refused or switched off.
  std::optional<AudioDescription> audio;  // Of audio over any RTP profile.
};

struct SessionDescription {
  // o=: the same id and version mean that nothing has changed (RFC 3264 §8).
  std::string username;
  uint64_t session_id = 0;
  uint64_t session_version = 0;
  // t=, which an answer repeats (RFC 3264 §6).
  uint64_t start_time = 0;
  uint64_t stop_time = 0;
  std::vector<MediaSection> sections;
};

}  // namespace narada::mixer::sdp

#endif  // NARADA_MIXER_SDP_SESSION_DESCRIPTION_H_
