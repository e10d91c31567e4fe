// Several senders in the order of preference: what the first cannot take now goes to the next.
//
//   SenderChain chain(clock);
//   chain.SetSenders({smpp, http, spool});
//   chain.Send(message, done);
//
// A sender that failed `failures_max` times in a row rests for a while (circuit breaker): messages go past
// it at once, then one tries it again. Not passed on is a message that its peer refused for good, nor one
// whose answer was lost: it may have arrived, and a second copy by another way would be a sure duplicate.
// It comes again by the dispatcher, in the same order.

#ifndef NARADA_CONTROL_SMS_SENDER_CHAIN_H_
#define NARADA_CONTROL_SMS_SENDER_CHAIN_H_

#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "control/sms/sms_sender.h"

namespace narada::control::sms {

struct BreakerSettings {
  int failures_max = 5;
  absl::Duration rest = absl::Seconds(30);
};

class SenderChain final : public SmsSender {
 public:
  // `clock` outlives the chain.
  explicit SenderChain(const Clock& clock, const BreakerSettings& breaker = {});
  ~SenderChain() override;

  // At least one; once. Before it, messages are handed back.
  void SetSenders(std::vector<std::unique_ptr<SmsSender>> senders);
  // Ends the senders, which hand back what they have; nothing is sent any more.
  void Stop();

  // A route's name in results is the sender's that did it.
  absl::string_view name() const override { return "chain"; }
  void Send(OutgoingMessage message, absl::AnyInvocable<void(SendResult)> done) override;

 private:
  struct Shared;  // Outlives the chain for as long as a sender has an answer to give.

  static void TryFrom(std::shared_ptr<Shared> shared, size_t first, OutgoingMessage message,
                      TryAgain last, absl::AnyInvocable<void(SendResult)> done);

  const std::shared_ptr<Shared> shared_;
};

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_SENDER_CHAIN_H_
