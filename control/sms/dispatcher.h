// Empties the outbox: leases messages that are due, hands them to the sender, notes the outcome, and
// tries again later what did not leave.
//
//   Dispatcher dispatcher(database, secrets, clock, sender, {.owner = replica_id});
//   dispatcher.Start();
//   dispatcher.Wake();      // after a reservation was made: its message leaves at once
//
// A message is sent at least once. Twice only if the answer to the first attempt was lost: the process
// died, or the peer did not answer, between handing it over and noting so; such parts are counted as
// possible duplicates once they are sent again. An attempt that failed waits twice as long as the one
// before (retry_first to retry_max); after `give_up_after` the message is failed for good. Leases are
// prolonged while a sender is at work, so that they can be short: what a dead process held is taken over
// by another within `lease`.

#ifndef NARADA_CONTROL_SMS_DISPATCHER_H_
#define NARADA_CONTROL_SMS_DISPATCHER_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "control/sms/sms_counters.h"
#include "control/sms/sms_sender.h"
#include "control/storage/database.h"
#include "control/storage/message_part_table.h"
#include "control/storage/message_table.h"
#include "control/storage/secret_box.h"

namespace narada::control::sms {

struct DispatcherSettings {
  std::string owner;  // Names this process; unique among replicas and lives.
  absl::Duration lease = absl::Seconds(10);
  // No attempt of any sender takes longer: then the lease is not prolonged any more.
  absl::Duration attempt_max = absl::Minutes(10);
  int in_flight_max = 10;  // Messages with the sender at once.
  absl::Duration retry_first = absl::Seconds(1);
  absl::Duration retry_max = absl::Minutes(10);
  absl::Duration give_up_after = absl::Hours(24);
  absl::Duration sent_text_kept = absl::Hours(24);        // Long enough for an operator to look.
  absl::Duration failed_text_kept = absl::Hours(7 * 24);  // Long enough to send it once more.
  absl::Duration poll = absl::Seconds(2);  // Looks for other replicas' leavings this often.
};

// How long after attempt number `attempt` (from 1) the next one follows.
absl::Duration RetryDelay(const DispatcherSettings& settings, int attempt);

class Dispatcher {
 public:
  // All references outlive this object; database, secrets, clock and counters also every answer of the
  // sender.
  Dispatcher(storage::Database& database, const storage::SecretBox& secrets, const Clock& clock,
             SmsSender& sender, SmsCounters& counters, const DispatcherSettings& settings);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // Takes the messages that an earlier life of this process was sending when it died: they are sent
  // again at once, not after their lease. Only where no other process dispatches (SQLite); before Start.
  absl::Status TakeOver();

  // Begins to dispatch, on a thread of its own.
  void Start();

  // Ends the thread; what is still with the sender is noted when it answers.
  void Stop();

  // Forgets the texts of messages that are done with (DispatcherSettings); to be called now and then.
  void WipeOldTexts(absl::AnyInvocable<void(absl::Status)> done);

  // There may be something to send. Any thread.
  void Wake();
  // The same, to be called for as long as the database lives.
  std::function<void()> bell() const;

  // Prolongs the leases of what is with the sender. The dispatcher's own thread does this.
  absl::Status RenewLeases();

  // One pass: leases what is due and hands it over. Returns how many. The dispatcher's own thread does
  // this; a test calls it instead of Start.
  absl::StatusOr<int> DispatchDue();

 private:
  // Outlives the dispatcher for as long as a sender or the database still has an answer to give.
  struct Shared;

  void ThreadMain();
  void HandOver(const storage::MessageRow& row, const std::vector<storage::PartRow>& parts);

  storage::Database& database_;
  const storage::SecretBox& secrets_;
  const Clock& clock_;
  SmsSender& sender_;
  const DispatcherSettings settings_;
  const std::shared_ptr<Shared> shared_;
  absl::Time renewed_at_ = absl::InfinitePast();  // The dispatcher's thread.
  std::thread thread_;
};

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_DISPATCHER_H_
