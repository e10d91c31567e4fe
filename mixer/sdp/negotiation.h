// Offer and answer of one leg over its whole call (RFC 3264): reads and writes the SDP, keeps what
// later rounds depend on (our o= version, the m= lines and their order, payload types once given).
//   Negotiation negotiation(local, random.Next() >> 1);
//   absl::StatusOr<Answer> answer = negotiation.OnOffer(sdp_offer);       // the far end begins
//   std::string offer = negotiation.MakeOffer();                          // or we do
//   absl::StatusOr<NegotiatedMedia> media = negotiation.OnAnswer(sdp_answer);
//   absl::StatusOr<NegotiatedMedia> media = negotiation.OnDescription(audio);   // or no SDP at all
// An error changes nothing: the media stays as it was. One thread at a time; copyable.
#ifndef NARADA_MIXER_SDP_NEGOTIATION_H_
#define NARADA_MIXER_SDP_NEGOTIATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mixer/sdp/crypto_negotiation.h"
#include "mixer/sdp/offer_answer.h"
#include "mixer/sdp/session_description.h"

namespace narada::mixer::sdp {

struct Answer {
  std::string sdp;
  NegotiatedMedia media;
};

class Negotiation {
 public:
  // `session_id` is ours, unique among our sessions; below 2^63, as some peers read it signed.
  Negotiation(LocalMedia local, uint64_t session_id);

  // Takes the place of an offer of ours that has no answer: it was refused, or the far end's came
  // first. Offers that cross on the wire are the signaling's to settle (SIP 491, RFC 3261 §14.1).
  // Errors: INVALID_ARGUMENT / SDP_INVALID, FAILED_PRECONDITION / MEDIA_UNACCEPTABLE.
  absl::StatusOr<Answer> OnOffer(absl::string_view sdp);

  // Our offer: at first all that we can do, later the present media first. Asking again before the
  // answer makes a new one, which takes the place of the old.
  std::string MakeOffer();
  // Errors: as OnOffer(), FAILED_PRECONDITION / NO_OFFER_PENDING. A refused answer leaves the offer
  // pending.
  absl::StatusOr<NegotiatedMedia> OnAnswer(absl::string_view sdp);

  // The far end without SDP; it replaces whatever was agreed. Errors: as OnOffer().
  absl::StatusOr<NegotiatedMedia> OnDescription(const AudioDescription& remote);

  // What the next offer or answer says. Takes effect with it.
  LocalMedia& local() { return local_; }
  const LocalMedia& local() const { return local_; }

  bool is_offer_pending() const { return pending_.has_value(); }
  // What was agreed last; empty before.
  const std::optional<NegotiatedMedia>& media() const { return media_; }

 private:
  // What an m= line of ours says.
  struct OwnAudio {
    std::vector<PayloadFormat> formats;
    Direction direction = Direction::kSendRecv;
    MediaDuration ptime;
    std::optional<MediaDuration> maxptime;
    bool rtcp_mux = false;
    bool asks_for_extended_reports = false;
    uint8_t audio_level_id = 0;  // 0: none.
    std::vector<OfferedKeys> crypto;
    bool is_secure = false;  // Of a new m= line: RTP/SAVP.
  };
  // An m= line of the call, as it is repeated where it is switched off.
  struct Line {
    std::string type;
    std::string transport;
    std::string formats;
  };

  static std::vector<Line> LinesOf(const std::vector<MediaSection>& sections);
  // Puts our audio at its place among the lines, the others switched off. Raises the version if
  // anything differs from what we wrote before (RFC 3264 §8).
  std::string Write(const OwnAudio& audio, uint64_t start_time, uint64_t stop_time);
  // What was agreed so far, for the rules of the next round.
  LocalMedia LocalForNextRound() const;
  void Agree(const NegotiatedMedia& media);

  LocalMedia local_;
  uint64_t session_id_;

  // Of what we wrote last.
  uint64_t version_ = 0;
  std::vector<OfferedKeys> crypto_;
  std::string body_;  // All lines but o=, without the keys.

  // The call's m= lines as of the last round.
  std::vector<Line> lines_;
  size_t audio_line_ = 0;

  std::optional<LocalMedia> pending_;  // As offered.
  std::optional<NegotiatedMedia> media_;
};

}  // namespace narada::mixer::sdp

#endif  // NARADA_MIXER_SDP_NEGOTIATION_H_
