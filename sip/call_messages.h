#ifndef NARADA_SIP_CALL_MESSAGES_H_
#define NARADA_SIP_CALL_MESSAGES_H_

#include <string>
#include <variant>

#include "absl/time/time.h"

namespace narada::sip {

// What passes between the SIP side (UserAgent) and control's side (ControlLink), as values of our
// own; proto/narada/control/v1/signaling.proto says what each means. SDP is opaque here.

enum class EndReason {
  kHungUp,
  kCancelled,
  kBusy,
  kNoAnswer,
  kRejected,
  kNumberUnknown,
  kLost,
  kMediaUnacceptable,
};

// ---- Events: from a call to control.

struct CallOffered {
  std::string called_number;   // E.164 with "+", or as received.
  std::string calling_number;  // Likewise; empty: unknown.
  bool is_calling_number_withheld = false;
  std::string calling_name;  // UTF-8.
  std::string sdp_offer;     // Empty: control is to offer.
  std::string signaling_address;
  std::string trunk;
};
struct CallProgressed {
  int sip_status = 0;
};
// A dialled call, or the answer to our late offer.
struct CallAnswered {
  std::string sdp_answer;
  std::string signaling_address;
};
struct CallFailed {
  EndReason reason = EndReason::kRejected;
  int sip_status = 0;
  std::string reason_phrase;
};
struct CallConfirmed {};
struct MediaOffered {
  std::string sdp_offer;  // Empty: the far end asks us for an offer.
  std::string signaling_address;
};
struct MediaAnswered {
  std::string sdp_answer;
  bool is_refused = false;
  std::string signaling_address;
};
struct DigitsPressed {
  std::string digits;
};
struct CallEnded {
  EndReason reason = EndReason::kHungUp;
  int sip_status = 0;
};

struct CallEvent {
  std::string call_id;
  std::variant<CallOffered, CallProgressed, CallAnswered, CallFailed, CallConfirmed, MediaOffered,
               MediaAnswered, DigitsPressed, CallEnded>
      what;
};

// ---- Commands: from control to a call.

enum class RefusalReason {
  kUnspecified,
  kNumberUnknown,
  kBusy,
  kMediaUnacceptable,
  kOverloaded,
  kForbidden,
  kFault,
  kMediaInvalid,
};

struct RingCall {};
struct AnswerCall {
  std::string sdp;
};
struct RejectCall {
  RefusalReason reason = RefusalReason::kUnspecified;
  std::string text;  // For the far end's developer.
  absl::Duration retry_after;
};
enum class HangupReason {
  kUnspecified,
  kCompleted,
  kMediaTimedOut,
  kCallTooLong,
  kDisconnectedByModerator,
  kCallUnknown,
  kDrained,
  kFault,
};
struct HangupCall {
  HangupReason reason = HangupReason::kUnspecified;
};
struct OfferMedia {
  std::string sdp_offer;
};
struct AnswerMedia {
  std::string sdp;
};
struct RejectMedia {
  RefusalReason reason = RefusalReason::kUnspecified;
  std::string text;
};
struct DialCall {
  std::string called_number;
  std::string calling_number;
  std::string sdp_offer;
  absl::Duration ring_timeout;
};
struct CancelDial {};

struct CallCommand {
  std::string call_id;
  std::variant<RingCall, AnswerCall, RejectCall, HangupCall, OfferMedia, AnswerMedia, RejectMedia,
               DialCall, CancelDial>
      what;
};

}  // namespace narada::sip

#endif  // NARADA_SIP_CALL_MESSAGES_H_
