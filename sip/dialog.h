#ifndef NARADA_SIP_DIALOG_H_
#define NARADA_SIP_DIALOG_H_

#include <sofia-sip/nua.h>

#include <string>

#include "sip/event_loop.h"

namespace narada::sip {

enum class Stage {
  kOffered,   // INVITE came, no final response yet.
  kAnswered,  // 200 sent, ACK awaited.
  kDialing,   // INVITE sent, no final response yet.
  kUp,        // Confirmed on both sides.
  kEnding,    // BYE or a refusal is on its way; control has heard, or is about to.
};

// Whose offer is being answered within a call that is up (RFC 3264: one at a time).
enum class MediaExchange {
  kNone,
  kTheirInvite,
  kTheirUpdate,
  kOurInvite,
};

// What UserAgent knows of one call. Plain data; UserAgent alone changes it.
struct Dialog {
  std::string call_id;
  nua_handle_t* handle = nullptr;
  Stage stage = Stage::kOffered;
  // INVITE without SDP: our offer is in the 200, its answer in the ACK.
  bool is_late_offer = false;
  bool is_ours = false;           // Dialled by us: the Call-ID is ours.
  bool is_cancelled = false;      // Dialled, and given up.
  bool is_rung_out = false;       // Given up because nobody answered in time.
  bool is_ended = false;          // CallEnded or CallFailed was published.
  std::string signaling_address;  // Where the latest message with SDP came from.

  MediaExchange exchange = MediaExchange::kNone;
  // Their re-INVITE had no SDP: our 200 offers, their ACK answers.
  bool is_our_answer_offer = false;
  nua_saved_event_t saved_update[1];  // The UPDATE to be answered.
  std::string wanted_offer;           // Ours, to be sent as soon as nothing else is going on.
  int offer_tries = 0;                // Of the same offer, against glare.
  EventLoop::TimerId timer = 0;       // Ringing (dialled), patience (offered), or glare.
};

}  // namespace narada::sip

#endif  // NARADA_SIP_DIALOG_H_
