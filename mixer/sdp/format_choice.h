// Which payload formats two descriptions have in common, and which we offer: codecs, telephone-event
// and comfort noise by the codec's clock, packet times. Pure functions behind offer_answer.h and
// negotiation.h.
#ifndef NARADA_MIXER_SDP_FORMAT_CHOICE_H_
#define NARADA_MIXER_SDP_FORMAT_CHOICE_H_

#include <optional>
#include <vector>

#include "mixer/sdp/offer_answer.h"
#include "mixer/sdp/session_description.h"
#include "mixer/units/media_time.h"

namespace narada::mixer::sdp {

// Our pick among the remote formats; null if there is none in common. Who answers may follow its own
// order; who offered takes the answer's (RFC 3264 §6.1).
const PayloadFormat* ChooseCodec(const AudioDescription& remote, const LocalMedia& local,
                                 Role role);

// Fills in all formats of `media`, to go with `codec`, which is one of `remote`.
void ChooseFormats(const AudioDescription& remote, const LocalMedia& local, Role role,
                   const PayloadFormat& codec, NegotiatedMedia& media);

// What we put into a packet of `codec`: the far end's wish within our means and its own limit.
MediaDuration ChoosePtime(const AudioDescription& remote, const LocalMedia& local,
                          const PayloadFormat& codec);

// The same codec among our own; null: it is none of ours.
const PayloadFormat* FindOwn(const LocalMedia& local, const PayloadFormat& codec);

// The codecs of our next offer. A payload type stands for one format throughout a call (RFC 3264
// §8.3.2), so the agreed formats keep theirs and come first, and others are offered only where
// their number is still free.
std::vector<PayloadFormat> OfferedCodecs(const LocalMedia& local,
                                         const std::optional<NegotiatedMedia>& agreed);
// What goes with them: telephone-event for each of their clock rates (RFC 4733 §2.1), or none.
std::vector<PayloadFormat> OfferedTelephoneEvents(const LocalMedia& local,
                                                  const std::vector<PayloadFormat>& codecs,
                                                  const std::optional<NegotiatedMedia>& agreed);
// Comfort noise of the one clock rate that has a number for it, or none.
std::vector<PayloadFormat> OfferedComfortNoises(const LocalMedia& local,
                                                const std::vector<PayloadFormat>& codecs);

// "telephone-event" with the events that we have.
PayloadFormat OwnTelephoneEvent(PayloadType payload_type, ClockRate clock_rate);

}  // namespace narada::mixer::sdp

#endif  // NARADA_MIXER_SDP_FORMAT_CHOICE_H_
