// A signaling service as the calls see it: what it reports and what it can be told. SDP passes through
// unread. Values only; proto/narada/control/v1/signaling.proto says what each means.

#ifndef NARADA_CONTROL_CALLS_GATEWAY_H_
#define NARADA_CONTROL_CALLS_GATEWAY_H_

#include <optional>
#include <string>
#include <variant>

#include "absl/time/time.h"
#include "control/model/call_record.h"
#include "control/model/phone_number.h"

namespace narada::control::calls {

// ---- From the gateway ---------------------------------------------------------------------

struct CallOffered {
  std::string called_number;
  std::string calling_number;
  bool is_calling_number_withheld = false;
  std::string calling_name;
  std::string sdp_offer;  // Empty: we are to offer.
  std::string signaling_address;
  std::string trunk;
};
struct CallProgressed {};  // A call that we dial rings.
// A call that we dial was not answered.
struct CallFailed {
  CallEnd reason = CallEnd::kRejected;
};
struct CallConfirmed {};  // The far end has our answer.
// The answer to an offer of ours: a dialled call was answered, the ACK of a late offer, or to a re-offer.
struct MediaAnswered {
  std::string sdp_answer;
  std::string signaling_address;
  bool is_refused = false;
};
struct MediaOffered {
  std::string sdp_offer;  // Empty: it asks us for an offer.
  std::string signaling_address;
};
struct DigitsPressed {
  std::string digits;
};
struct CallEnded {
  CallEnd how = CallEnd::kHungUp;
};
using GatewayEvent = std::variant<CallOffered, CallProgressed, CallFailed, CallConfirmed,
                                  MediaAnswered, MediaOffered, DigitsPressed, CallEnded>;

// ---- To the gateway -----------------------------------------------------------------------

enum class RejectReason {
  kNumberUnknown,
  kBusy,
  kMediaUnacceptable,
  kOverloaded,
  kForbidden,
  kFault,
  kMediaInvalid,
};
enum class HangupReason {
  kCompleted,
  kMediaTimedOut,
  kCallTooLong,
  kDisconnectedByModerator,
  kCallUnknown,
  kFault,
};

struct Answer {
  std::string sdp;
};
struct Reject {
  RejectReason reason = RejectReason::kFault;
  std::string text;  // ASCII, for the far end's developer.
  std::optional<absl::Duration> retry_after;
};
struct Hangup {
  HangupReason reason = HangupReason::kCompleted;
};
struct AnswerMedia {
  std::string sdp;
};
struct RejectMedia {
  RejectReason reason = RejectReason::kFault;
  std::string text;
};
struct Dial {
  PhoneNumber called;
  std::optional<PhoneNumber> calling;  // Shown to the person called.
  std::string sdp_offer;
  absl::Duration ring_max;
};
struct CancelDial {};
using GatewayCommand =
    std::variant<Answer, Reject, Hangup, AnswerMedia, RejectMedia, Dial, CancelDial>;

// One connection to a signaling service. Any thread; Send returns at once, and drops the command if the
// connection is gone (the gateway then tells by Hello which calls it still has).
class Gateway {
 public:
  virtual ~Gateway() = default;
  virtual const std::string& id() const = 0;
  virtual void Send(const std::string& gateway_call_id, GatewayCommand command) = 0;
};

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_GATEWAY_H_
