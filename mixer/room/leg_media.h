// What signaling agreed on for one leg: codecs, addresses, directions. Made off the worker from SDP
// or from a structured description, handed over with AddLeg or later with Leg::UpdateMedia().
#ifndef NARADA_MIXER_ROOM_LEG_MEDIA_H_
#define NARADA_MIXER_ROOM_LEG_MEDIA_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "mixer/codec/codec_format.h"
#include "mixer/units/audio_level_extension.h"
#include "mixer/units/extended_reports.h"
#include "mixer/units/payload_type.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/sample_count.h"
#include "mixer/units/socket_address.h"
#include "mixer/units/srtp_keys.h"

namespace narada::mixer::room {

struct LegMedia {
  static constexpr size_t kReceiveFormatsMax = 8;

  // What is looked at for each packet comes first.

  // What we send, in packets of its ptime.
  codec::CodecFormat send_format;

  // RFC 4733. Unset: none agreed in this direction.
  std::optional<PayloadType> receive_telephone_event;
  std::optional<PayloadType> send_telephone_event;
  // Of both, in a=rtpmap; RFC 4733 §2.1 asks for that of the audio.
  ClockRate receive_event_clock = ClockRate::FromHertz(8000);
  ClockRate send_event_clock = ClockRate::FromHertz(8000);

  // Whether keys are searched in the audio, which then is heard InBandDigits::kLookBack later: for far
  // ends without telephone-event.
  bool finds_digits_in_band = false;

  // RFC 3389. Unset: comfort noise packets are payload of an unknown type; we send silence as audio.
  std::optional<PayloadType> receive_comfort_noise;
  std::optional<PayloadType> send_comfort_noise;

  // RFC 6464. Unset: a level in a packet is not looked at.
  std::optional<AudioLevelExtension> receive_audio_level;

  bool rtcp_mux = false;                   // RFC 5761: RTCP shares the RTP port, both ways.
  ExtendedReportsWanted extended_reports;  // Of us.

  // Seen from us: false while the far end holds us, or only sends.
  bool is_sending = true;
  // False while the far end sends nothing (hold); what comes nevertheless is counted and not heard,
  // and silence is no timeout.
  bool is_receiving = true;
  // The far end does not wish to hear us (RFC 3264 §8.4). With sendonly it goes on sending: what
  // comes is its music on hold, or a dead line, and no speech for the room. Keys still count, and
  // silence is no timeout.
  bool is_held_by_remote = false;

  // What the far end may send us: the first `receive_formats_count` are valid. RFC 3264 lets it
  // switch among them at any packet.
  size_t receive_formats_count = 0;
  std::array<codec::CodecFormat, kReceiveFormatsMax> receive_formats = {};

  // Where the far end says that it receives. Nothing is ever sent to any other address than these,
  // or a source that was latched by the rules of SourceLatch. An unspecified IP (c=0.0.0.0) is
  // never sent to.
  SocketAddress remote_rtp;
  SocketAddress remote_rtcp;

  // The IP that the signaling came from; RTP from any port of it is trusted, for phones behind a
  // NAT. Unset: no such IP.
  IpAddress signaling_ip;

  // SRTP, both or none: what we protect under, and what we listen to. With them nothing plain is
  // sent or taken.
  std::optional<SrtpKeys> send_keys;
  std::optional<SrtpKeys> receive_keys;

  // The rate of what the leg says: the highest that the far end may send.
  SampleRate receive_rate() const noexcept {
    SampleRate highest = SampleRate::FromHertz(8000);
    for (size_t i = 0; i < receive_formats_count; ++i) {
      highest = std::max(highest, receive_formats[i].sample_rate());
    }
    return highest;
  }
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_LEG_MEDIA_H_
