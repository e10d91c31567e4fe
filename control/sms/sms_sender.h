// The way a message leaves: a folder, an SMSC or an HTTP gateway. The dispatcher (dispatcher.h) leases
// messages from the outbox, hands them to a sender and notes what came of it.
//
//   sender.Send(message, [](SendResult result) { ... });   // exactly once per Send, on any thread
//
// A sender keeps nothing over a restart: what it has not answered is sent again by who takes the lease.

#ifndef NARADA_CONTROL_SMS_SMS_SENDER_H_
#define NARADA_CONTROL_SMS_SMS_SENDER_H_

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/model/phone_number.h"

namespace narada::control::sms {

// A part of a message that its peer has taken.
struct AcceptedPart {
  int number = 1;           // From 1.
  std::string provider_id;  // What receipts will call it; may be empty.
};

struct OutgoingMessage {
  std::string id;  // Ours; the same in every attempt.
  PhoneNumber to;
  std::string from;  // E.164, or a name of at most 11 letters.
  std::string text;  // UTF-8; carries a PIN, so it is never logged.
  absl::Time created_at;
  int attempt = 1;  // 2 and more: an earlier attempt's end is not known, or it failed.
  // What an earlier attempt has brought to its peer: not to be sent again on that route.
  std::string accepted_route;
  std::vector<AcceptedPart> accepted_parts;
};

// Handed over.
struct Sent {
  std::string route;  // The name of the sender that did it.
  std::vector<AcceptedPart> parts;
  // A second copy would have replaced the first, so there is never a duplicate (spool).
  bool is_idempotent = false;
};
// Not now: the SMSC is busy or away, the disk is full. `retry_after` if the peer named a time.
struct TryAgain {
  std::string reason;  // For operators; without the text and without numbers.
  std::optional<absl::Duration> retry_after;
  // Parts that left and whose answer was lost: sent again, they may come twice.
  int unanswered = 0;
};
// Never: the SMSC does not take this message.
struct Refused {
  std::string reason;
};
using SendResult = std::variant<Sent, TryAgain, Refused>;

class SmsSender {
 public:
  virtual ~SmsSender() = default;
  // Names the route in the outbox: what is configured, such as "smpp".
  virtual absl::string_view name() const = 0;
  virtual void Send(OutgoingMessage message, absl::AnyInvocable<void(SendResult)> done) = 0;
};

// What an SMSC says about a message after it has taken it.
struct Receipt {
  enum class State {
    kDelivered,
    kUndelivered,  // For good.
    kUnderway,     // Nothing final yet.
  };
  std::string route;
  std::string provider_id;
  State state = State::kUnderway;
  std::string detail;  // As the peer names it, such as "EXPIRED 045"; empty if it does not.
};

// Told by senders outside of an attempt. Any thread.
class SenderEvents {
 public:
  virtual ~SenderEvents() = default;
  // One part of several has been taken, or one whose answer had been given up on.
  virtual void OnPartAccepted(absl::string_view route, absl::string_view message_id,
                              const AcceptedPart& part) = 0;
  // `noted` is called with false if it could not be kept: the peer is to give it again.
  virtual void OnReceipt(Receipt receipt, absl::AnyInvocable<void(bool)> noted) = 0;
  // The peer is there again: what waits for it may leave at once.
  virtual void OnRouteBack(absl::string_view route) = 0;
};

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_SMS_SENDER_H_
