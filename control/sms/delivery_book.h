// Keeps what senders tell about messages outside of their attempts: parts as they are taken one by one,
// and delivery receipts.
//
//   DeliveryBook book(database, clock, counters, dispatcher.bell());
//   SmppSender sender("smpp", settings, book, counters);
//
// Any thread. A receipt is acknowledged to its peer once it is committed, so that none is lost.

#ifndef NARADA_CONTROL_SMS_DELIVERY_BOOK_H_
#define NARADA_CONTROL_SMS_DELIVERY_BOOK_H_

#include <functional>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "base/clock.h"
#include "control/sms/sms_counters.h"
#include "control/sms/sms_sender.h"
#include "control/storage/database.h"

namespace narada::control::sms {

class DeliveryBook final : public SenderEvents {
 public:
  // All outlive every answer of the database. `bell` rings when messages may have become due; on the
  // database's thread.
  DeliveryBook(storage::Database& database, const Clock& clock, SmsCounters& counters,
               std::function<void()> bell)
      : database_(database), clock_(clock), counters_(counters), bell_(std::move(bell)) {}

  void OnPartAccepted(absl::string_view route, absl::string_view message_id,
                      const AcceptedPart& part) override;
  void OnReceipt(Receipt receipt, absl::AnyInvocable<void(bool)> noted) override;
  void OnRouteBack(absl::string_view route) override;

  // Forgets receipts that nothing was found for; to be called now and then.
  void ForgetOldReceipts(absl::AnyInvocable<void(absl::Status)> done);

 private:
  storage::Database& database_;
  const Clock& clock_;
  SmsCounters& counters_;
  const std::function<void()> bell_;
};

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_DELIVERY_BOOK_H_
