#include "control/sms/dispatcher.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/log.h"
#include "base/status.h"
#include "control/sms/sms_text.h"
#include "control/storage/message_part_table.h"

namespace narada::control::sms {

using storage::MessageRow;
using storage::Transaction;

absl::Duration RetryDelay(const DispatcherSettings& settings, int attempt) {
  absl::Duration delay = settings.retry_first;
  for (int i = 1; i < attempt && delay < settings.retry_max; ++i) delay *= 2;
  return std::min(delay, settings.retry_max);
}

struct Dispatcher::Shared {
  Shared(storage::Database& database, const Clock& clock, SmsCounters& counters,
         const DispatcherSettings& settings)
      : database(database), clock(clock), counters(counters), settings(settings) {}

  void Wake() {
    absl::MutexLock lock(&mutex);
    is_awake = true;
  }

  storage::Database& database;
  const Clock& clock;
  SmsCounters& counters;
  const DispatcherSettings settings;

  absl::Mutex mutex;
  bool is_awake ABSL_GUARDED_BY(mutex) = true;
  bool is_stopping ABSL_GUARDED_BY(mutex) = false;
  std::map<std::string, absl::Time> in_flight ABSL_GUARDED_BY(mutex);  // By id: since when.
};

namespace {

// A message as it was leased, and what an earlier attempt has brought to its peer.
struct Leased {
  MessageRow row;
  std::vector<storage::PartRow> parts;

  // Attempts that may have sent all of it, uncounted.
  int lost_attempts() const { return row.unanswered / storage::kUnansweredAll; }
  // Parts whose answers were lost one by one.
  int lost_answers() const { return row.unanswered % storage::kUnansweredAll; }
};

// Those of the lost attempts but the first, if this one sends again what they may have sent: the first
// may have sent what nobody had.
int DuplicatesOfLostAttempts(const Leased& leased, int part_count) {
  return leased.lost_answers() + (leased.lost_attempts() - 1) * part_count;
}

// How many parts of this message the sender has sent that may have been there already.
int PossibleDuplicates(const Leased& leased, const Sent& sent) {
  if (sent.is_idempotent) return 0;
  int sent_before = 0, accepted_elsewhere = 0;
  for (const storage::PartRow& part : leased.parts) {
    (part.route == sent.route ? sent_before : accepted_elsewhere) += 1;
  }
  const int part_count = static_cast<int>(sent.parts.size());
  const int sent_now = std::max(part_count - sent_before, 0);
  if (leased.lost_attempts() > 0) return sent_now + DuplicatesOfLostAttempts(leased, part_count);
  return std::clamp(leased.lost_answers() + accepted_elsewhere, 0, sent_now);
}

// The same for an attempt that was not finished: notes what it adds, and what may be there from now on.
void NoteUnfinished(Transaction& transaction, const Leased& leased, const TryAgain& again,
                    int part_count, storage::AttemptNote& note) {
  const size_t accepted = storage::ListParts(transaction, leased.row.id).size();
  const int accepted_now = static_cast<int>(accepted - std::min(accepted, leased.parts.size()));
  const int sent_now = accepted_now + again.unanswered;
  note.unanswered = leased.row.unanswered;
  if (sent_now == 0) return;
  if (leased.lost_attempts() > 0) {
    note.possible_duplicates = sent_now + DuplicatesOfLostAttempts(leased, part_count);
    note.unanswered = storage::kUnansweredAll;
  } else {
    note.possible_duplicates = std::min(leased.lost_answers(), sent_now);
    note.unanswered = std::max(leased.lost_answers(), again.unanswered);
  }
}

void NoteSent(Transaction& transaction, const Leased& leased, const Sent& sent, absl::Time now) {
  for (const AcceptedPart& part : sent.parts) {
    storage::NotePartAccepted(transaction, {.message_id = leased.row.id,
                                            .number = part.number,
                                            .route = sent.route,
                                            .provider_id = part.provider_id,
                                            .accepted_at = now});
  }
  storage::SettleDelivery(transaction, leased.row.id, now);
}

// Ends the lease by what the sender said. Returns the possible duplicates that it added.
int NoteInRow(Transaction& transaction, const Leased& leased, const SplitText& split,
              const SendResult& result, const DispatcherSettings& settings, absl::Time now) {
  const MessageRow& row = leased.row;
  storage::AttemptNote note{.alphabet = std::string(AlphabetName(split.alphabet))};
  bool is_ours = true;
  if (const Sent* sent = std::get_if<Sent>(&result)) {
    note.route = sent->route;
    note.part_count = static_cast<int>(sent->parts.size());
    note.possible_duplicates = PossibleDuplicates(leased, *sent);
    const std::string id = sent->parts.empty() ? "" : sent->parts.front().provider_id;
    is_ours = storage::MarkMessageSent(transaction, row.id, settings.owner, id, note, now);
    // Even if somebody else has the lease by now: the peer has taken these parts.
    NoteSent(transaction, leased, *sent, now);
  } else if (const Refused* refused = std::get_if<Refused>(&result)) {
    is_ours = storage::MarkMessageFailed(transaction, row.id, settings.owner, refused->reason);
  } else {
    const TryAgain& again = std::get<TryAgain>(result);
    const absl::Time due = now + std::max(RetryDelay(settings, row.attempts),
                                          again.retry_after.value_or(absl::ZeroDuration()));
    NoteUnfinished(transaction, leased, again, static_cast<int>(split.parts.size()), note);
    is_ours = due > row.queued_at + settings.give_up_after
                  ? storage::MarkMessageFailed(transaction, row.id, settings.owner, again.reason)
                  : storage::MarkMessageForRetry(transaction, row.id, settings.owner, due,
                                                 again.reason, note);
  }
  if (!is_ours) {
    // Somebody else has it: our lease ran out before the sender answered.
    LOG_WARNING("sms {}: the answer came after its lease; it is sent again", row.id);
  }
  return is_ours ? note.possible_duplicates : 0;
}

void Count(const SendResult& result, SmsCounters& counters) {
  if (std::holds_alternative<Sent>(result)) {
    ++counters.messages_sent;
  } else if (std::holds_alternative<Refused>(result)) {
    ++counters.messages_refused;
  } else {
    ++counters.attempts_failed;
  }
}

void LogOutcome(const MessageRow& row, const SendResult& result) {
  if (const Refused* refused = std::get_if<Refused>(&result)) {
    LOG_ERROR("sms {} was refused: {}", row.id, refused->reason);
  } else if (const TryAgain* again = std::get_if<TryAgain>(&result)) {
    LOG_WARNING("sms {} did not leave at attempt {}: {}", row.id, row.attempts, again->reason);
  } else {
    LOG_INFO("sms {} sent at attempt {}", row.id, row.attempts);
  }
}

}  // namespace

Dispatcher::Dispatcher(storage::Database& database, const storage::SecretBox& secrets,
                       const Clock& clock, SmsSender& sender, SmsCounters& counters,
                       const DispatcherSettings& settings)
    : database_(database),
      secrets_(secrets),
      clock_(clock),
      sender_(sender),
      settings_(settings),
      shared_(std::make_shared<Shared>(database, clock, counters, settings)) {}

Dispatcher::~Dispatcher() { Stop(); }

void Dispatcher::Stop() {
  {
    absl::MutexLock lock(&shared_->mutex);
    shared_->is_stopping = true;
  }
  if (thread_.joinable()) thread_.join();
}

absl::Status Dispatcher::TakeOver() {
  return database_.Run([](Transaction& transaction) {
    storage::ReleaseLeases(transaction);
    return absl::OkStatus();
  });
}

void Dispatcher::WipeOldTexts(absl::AnyInvocable<void(absl::Status)> done) {
  const absl::Time now = clock_.Now();
  database_.Submit(
      [sent_before = now - settings_.sent_text_kept,
       failed_before = now - settings_.failed_text_kept](Transaction& transaction) {
        storage::WipeMessageTexts(transaction, sent_before, failed_before);
        return absl::OkStatus();
      },
      std::move(done));
}

void Dispatcher::Start() {
  thread_ = std::thread([this] { ThreadMain(); });
}

void Dispatcher::Wake() { shared_->Wake(); }

std::function<void()> Dispatcher::bell() const {
  return [shared = shared_] { shared->Wake(); };
}

absl::Status Dispatcher::RenewLeases() {
  const absl::Time now = clock_.Now();
  renewed_at_ = now;
  std::vector<std::string> ids;
  {
    absl::MutexLock lock(&shared_->mutex);
    for (const auto& [id, since] : shared_->in_flight) {
      if (now < since + settings_.attempt_max) ids.push_back(id);
    }
  }
  if (ids.empty()) return absl::OkStatus();
  return database_.Run([&](Transaction& transaction) {
    storage::RenewLeases(transaction, ids, settings_.owner, now + settings_.lease);
    return absl::OkStatus();
  });
}

absl::StatusOr<int> Dispatcher::DispatchDue() {
  int room = 0;
  {
    absl::MutexLock lock(&shared_->mutex);
    room = settings_.in_flight_max - static_cast<int>(shared_->in_flight.size());
  }
  if (room <= 0) return 0;
  const absl::Time now = clock_.Now();
  ASSIGN_OR_RETURN(const std::vector<Leased> leased,
                   database_.Query<std::vector<Leased>>([&](Transaction& transaction) {
                     std::vector<Leased> found;
                     for (MessageRow& row : storage::LeaseDueMessages(
                              transaction, settings_.owner, now, now + settings_.lease, room)) {
                       std::vector<storage::PartRow> parts =
                           storage::ListParts(transaction, row.id);
                       found.push_back({std::move(row), std::move(parts)});
                     }
                     return absl::StatusOr<std::vector<Leased>>(std::move(found));
                   }));
  for (const Leased& message : leased) HandOver(message.row, message.parts);
  return static_cast<int>(leased.size());
}

void Dispatcher::HandOver(const MessageRow& row, const std::vector<storage::PartRow>& parts) {
  {
    absl::MutexLock lock(&shared_->mutex);
    shared_->in_flight[row.id] = clock_.Now();
  }
  const std::optional<PhoneNumber> to = PhoneNumber::FromE164(row.recipient);
  absl::StatusOr<std::string> text =
      secrets_.Open(storage::kMessageTextPurpose, row.id, row.text_sealed);
  SplitText split = SplitSms(text.ok() ? *text : "");
  auto note = [leased = Leased{row, parts}, split = std::move(split),
               shared = shared_](SendResult result) {
    LogOutcome(leased.row, result);
    Count(result, shared->counters);
    auto duplicates =
        std::make_shared<int>(0);  // Counted once, however often the work is repeated.
    auto noted = [shared, id = leased.row.id, duplicates](absl::Status status) {
      if (!status.ok()) LOG_ERROR("an sms outcome was not noted: {}", status);
      shared->counters.possible_duplicates += *duplicates;
      absl::MutexLock lock(&shared->mutex);
      shared->in_flight.erase(id);
      shared->is_awake = true;
    };
    // After the parts that it has brought there (DeliveryBook).
    shared->database.SubmitInOrder(
        leased.row.id,
        [leased, split, shared, duplicates, result = std::move(result)](Transaction& transaction) {
          *duplicates =
              NoteInRow(transaction, leased, split, result, shared->settings, shared->clock.Now());
          return absl::OkStatus();
        },
        std::move(noted));
  };
  if (!to || !text.ok()) {
    return note(Refused{to ? std::string(text.status().message()) : "the recipient is no number"});
  }
  OutgoingMessage message{.id = row.id,
                          .to = *to,
                          .from = row.sender,
                          .text = *std::move(text),
                          .created_at = row.created_at,
                          .attempt = row.attempts};
  for (const storage::PartRow& part : parts) {
    // Of the route that was tried last; parts of an older one are beyond recall.
    if (part.route != parts.front().route) continue;
    message.accepted_route = part.route;
    message.accepted_parts.push_back({part.number, part.provider_id});
  }
  sender_.Send(std::move(message), std::move(note));
}

void Dispatcher::ThreadMain() {
  while (true) {
    {
      absl::MutexLock lock(&shared_->mutex);
      shared_->mutex.AwaitWithTimeout(
          absl::Condition(
              +[](Shared* shared) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shared->mutex) {
                return shared->is_awake || shared->is_stopping;
              },
              shared_.get()),
          settings_.poll);
      if (shared_->is_stopping) return;
      shared_->is_awake = false;
    }
    if (clock_.Now() >= renewed_at_ + settings_.lease / 4) {
      const absl::Status renewed = RenewLeases();
      if (!renewed.ok()) LOG_ERROR("sms leases cannot be prolonged: {}", renewed);
    }
    const absl::StatusOr<int> dispatched = DispatchDue();
    if (!dispatched.ok()) LOG_ERROR("the sms outbox cannot be read: {}", dispatched.status());
  }
}

}  // namespace narada::control::sms
