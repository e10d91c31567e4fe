// The way a message leaves: a folder, an SMSC or an HTTP gateway. The dispatcher (dispatcher.h) leases
// messages from the outbox, hands them to a sender and notes what came of it.
//
//   sender.Send(message, [](SendResult result) { ... });   // exactly once per Send, on any thread
//
// A sender keeps nothing: what it has not answered is sent again after the lease has run out.

#ifndef NARADA_CONTROL_SMS_SMS_SENDER_H_
#define NARADA_CONTROL_SMS_SMS_SENDER_H_

#include <optional>
#include <string>
#include <variant>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/model/phone_number.h"

namespace narada::control::sms {

struct OutgoingMessage {
  std::string id;  // Ours; the same in every attempt.
  PhoneNumber to;
  std::string from;  // E.164, or a name of at most 11 letters.
  std::string text;  // UTF-8; carries a PIN, so it is never logged.
  absl::Time created_at;
  int attempt = 1;  // 2 and more: an earlier attempt's end is not known, or it failed.
};

// Handed over; `provider_id` is what receipts will call it (may be empty).
struct Sent {
  std::string provider_id;
};
// Not now: the SMSC is busy or away, the disk is full. `retry_after` if the peer named a time.
struct TryAgain {
  std::string reason;  // For operators; without the text and without numbers.
  std::optional<absl::Duration> retry_after;
};
// Never: the SMSC does not take this message.
struct Refused {
  std::string reason;
};
using SendResult = std::variant<Sent, TryAgain, Refused>;

class SmsSender {
 public:
  virtual ~SmsSender() = default;
  virtual absl::string_view name() const = 0;
  virtual void Send(OutgoingMessage message, absl::AnyInvocable<void(SendResult)> done) = 0;
};

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_SMS_SENDER_H_
