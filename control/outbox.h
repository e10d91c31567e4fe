// All about SMS, put together: the outbox's dispatcher, the ways by which messages leave, the receipts,
// the words of invitations.
//
//   ASSIGN_OR_RETURN(SmsRoutes routes, OpenSmsRoutes(config));
//   Outbox outbox(config, std::move(routes), database, secrets, clock, random, owner);
//   RETURN_IF_ERROR(outbox.TakeOver());   // on SQLite
//   outbox.Start();
//   ... outbox.Stop();                    // before the database ends

#ifndef NARADA_CONTROL_OUTBOX_H_
#define NARADA_CONTROL_OUTBOX_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "control/config/control_config.h"
#include "control/sms/delivery_book.h"
#include "control/sms/dispatcher.h"
#include "control/sms/invitations.h"
#include "control/sms/sender_chain.h"
#include "control/sms/sms_counters.h"
#include "control/storage/database.h"
#include "control/storage/message_limits.h"
#include "control/storage/secret_box.h"

namespace narada::control {

// The ways by which messages leave, with what can fail before the start done.
struct SmsRoutes {
  std::vector<config::SmsRouteConfig> configured;  // With their secrets.
  std::unique_ptr<sms::SmsSender> spool;           // Null unless one of them is the spool.
};
// Errors: UNAVAILABLE / SPOOL_UNWRITABLE, FAILED_PRECONDITION / SECRET_UNREADABLE.
absl::StatusOr<SmsRoutes> OpenSmsRoutes(const config::ControlConfig& config);

class Outbox {
 public:
  // References outlive the outbox. `owner` names this life of the process. Nothing is connected yet.
  Outbox(const config::ControlConfig& config, SmsRoutes routes, storage::Database& database,
         const storage::SecretBox& secrets, const Clock& clock, Random& random,
         const std::string& owner);
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // Rings when a message was written; may be called for as long as the database lives.
  std::function<void()> bell() const { return dispatcher_->bell(); }
  sms::Invitations& invitations() { return invitations_; }
  sms::SmsCounters& counters() { return counters_; }

  absl::Status TakeOver() { return dispatcher_->TakeOver(); }
  // Connects, and begins to send.
  void Start();
  // Ends the thread and the senders; what they had is handed back to the database.
  void Stop();
  // To be called now and then.
  void Housekeep(const std::function<void(absl::Status)>& done);

 private:
  SmsRoutes routes_;
  sms::SmsCounters counters_;
  sms::Invitations invitations_;
  sms::SenderChain chain_;
  std::unique_ptr<sms::Dispatcher> dispatcher_;
  sms::DeliveryBook book_;
};

// What the configuration allows.
storage::MessageLimits SmsLimits(const config::ControlConfig& config);

}  // namespace narada::control

#endif  // NARADA_CONTROL_OUTBOX_H_
