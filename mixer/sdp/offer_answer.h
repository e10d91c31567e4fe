// Offer and answer (RFC 3264): what two descriptions of one audio stream have in common.
//   ASSIGN_OR_RETURN(const SessionDescription offer, ParseSessionDescription(text));
//   ASSIGN_OR_RETURN(const AudioChoice choice, ChooseAudio(offer, local));
//   choice.media ...                         // addresses, codec, direction, ptime
// Pure functions over values; negotiation.h keeps what a call must remember and writes the SDP.
// Without SDP, a structured description goes straight to NegotiateAudio().
#ifndef NARADA_MIXER_SDP_OFFER_ANSWER_H_
#define NARADA_MIXER_SDP_OFFER_ANSWER_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "mixer/sdp/crypto_negotiation.h"
#include "mixer/sdp/session_description.h"
#include "mixer/sdp/shared_formats.h"
#include "mixer/units/media_time.h"
#include "mixer/units/socket_address.h"

namespace narada::mixer::sdp {

// What we have to give: our address and what we can do.
struct LocalMedia {
  SocketAddress rtp;   // As the far end reaches it.
  SocketAddress rtcp;  // Unset: none; equal to rtp: only with rtcp-mux.

  // Our codecs in our order, with the payload types and parameters of our own offers. At least one.
  SharedFormats codecs;
  // Taken where they are offered, and never offered.
  SharedFormats accepted_codecs;
  bool has_telephone_event = true;
  PayloadType telephone_event{101};  // In our own offers, for the first clock rate.
  // As we offered them, one for each clock rate. Of the one who offered alone.
  std::vector<PayloadFormat> offered_telephone_events;
  // Comfort noise packets (RFC 3389): an offer of them is accepted; ours holds them.
  bool has_comfort_noise = true;
  bool offers_comfort_noise = false;

  bool can_rtcp_mux = true;
  bool reads_audio_level = true;  // RFC 6464, of what the far end sends; we send none.
  uint8_t audio_level_id = 1;     // In our own offers; 0: it is not offered.
  ExtendedReportsPolicy extended_reports = ExtendedReportsPolicy::kNegotiated;
  LocalSrtp srtp;
  Direction direction =
      Direction::kSendRecv;        // What we wish; sendonly or inactive holds the far end.
  bool prefers_own_order = false;  // Else the first codec of the offer that we have.

  // What a packet may hold; ptime is what we ask for and send unless the far end wishes otherwise.
  MediaDuration ptime = Milliseconds(20);
  MediaDuration ptime_min = Milliseconds(20);
  MediaDuration ptime_max = Milliseconds(20);
};

// What both sides agreed on, seen from us.
struct NegotiatedMedia {
  // Where the far end said that it receives; an unspecified IP: nowhere.
  SocketAddress remote_rtp;
  SocketAddress remote_rtcp;  // Unset: no reports.
  bool rtcp_mux = false;
  ExtendedReportsWanted extended_reports;  // Of us.
  // The far end says in its packets how loud they are. Unset: it does not.
  std::optional<AudioLevelExtension> audio_level;

  PayloadFormat codec;  // What we send, under the payload type that the far end gave it.
  // What the far end may send, at any packet another: under the payload types that we gave, with
  // the parameters that it gave.
  std::vector<PayloadFormat> receive_codecs;
  // RFC 4733. Unset: the far end has none.
  std::optional<PayloadFormat> send_telephone_event;
  std::optional<PayloadFormat> receive_telephone_event;
  // RFC 3389. Unset: the far end has none, or not for this codec.
  std::optional<PayloadFormat> send_comfort_noise;
  std::optional<PayloadFormat> receive_comfort_noise;

  Direction direction = Direction::kSendRecv;  // Ours: Sends() means that we send.
  bool is_held_by_remote = false;              // It does not wish to hear us (RFC 3264 §8.4).
  MediaDuration ptime = Milliseconds(20);      // Of what we send.

  std::optional<AgreedSrtp> srtp;  // Unset: plain RTP.
};

// How we meet a remote description: as the one that offered the codecs, or the one that answers.
enum class Role { kOfferer, kAnswerer };

// Errors: FAILED_PRECONDITION / MEDIA_UNACCEPTABLE (SIP 488): no common codec, what the policy on
// SRTP refuses, a host name or a multicast group as address, another IP version than ours, the port
// 0.
absl::StatusOr<NegotiatedMedia> NegotiateAudio(const AudioDescription& remote,
                                               const LocalMedia& local, Role role);

struct AudioChoice {
  size_t section;  // Of the description's sections; the others are refused.
  NegotiatedMedia media;
};

// The first audio line that can be agreed on. Errors: as NegotiateAudio(), of the first audio line.
absl::StatusOr<AudioChoice> ChooseAudio(const SessionDescription& remote, const LocalMedia& local,
                                        Role role);

}  // namespace narada::mixer::sdp

#endif  // NARADA_MIXER_SDP_OFFER_ANSWER_H_
