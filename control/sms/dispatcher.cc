#include "control/sms/dispatcher.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/log.h"
#include "base/status.h"

namespace narada::control::sms {

using storage::MessageRow;
using storage::Transaction;

absl::Duration RetryDelay(const DispatcherSettings& settings, int attempt) {
  absl::Duration delay = settings.retry_first;
  for (int i = 1; i < attempt && delay < settings.retry_max; ++i) delay *= 2;
  return std::min(delay, settings.retry_max);
}

struct Dispatcher::Shared {
  Shared(storage::Database& database, const Clock& clock, const DispatcherSettings& settings)
      : database(database), clock(clock), settings(settings) {}

  void Wake() {
    absl::MutexLock lock(&mutex);
    is_awake = true;
  }

  storage::Database& database;
  const Clock& clock;
  const DispatcherSettings settings;

  absl::Mutex mutex;
  bool is_awake ABSL_GUARDED_BY(mutex) = true;
  bool is_stopping ABSL_GUARDED_BY(mutex) = false;
  int in_flight ABSL_GUARDED_BY(mutex) = 0;
};

namespace {

// Ends the lease by what the sender said.
void NoteInRow(Transaction& transaction, const MessageRow& row, const SendResult& result,
               const DispatcherSettings& settings, absl::Time now) {
  bool is_ours = true;
  if (const Sent* sent = std::get_if<Sent>(&result)) {
    is_ours = storage::MarkMessageSent(transaction, row.id, settings.owner, sent->provider_id, now);
  } else if (const Refused* refused = std::get_if<Refused>(&result)) {
    is_ours = storage::MarkMessageFailed(transaction, row.id, settings.owner, refused->reason);
  } else {
    const TryAgain& again = std::get<TryAgain>(result);
    const absl::Time due = now + std::max(RetryDelay(settings, row.attempts),
                                          again.retry_after.value_or(absl::ZeroDuration()));
    is_ours =
        due > row.created_at + settings.give_up_after
            ? storage::MarkMessageFailed(transaction, row.id, settings.owner, again.reason)
            : storage::MarkMessageForRetry(transaction, row.id, settings.owner, due, again.reason);
  }
  if (!is_ours) {
    // Somebody else has it: our lease ran out before the sender answered.
    LOG_WARNING("sms {}: the answer came after its lease; it is sent again", row.id);
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
                       const Clock& clock, SmsSender& sender, const DispatcherSettings& settings)
    : database_(database),
      secrets_(secrets),
      clock_(clock),
      sender_(sender),
      settings_(settings),
      shared_(std::make_shared<Shared>(database, clock, settings)) {}

Dispatcher::~Dispatcher() {
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

absl::StatusOr<int> Dispatcher::DispatchDue() {
  int room = 0;
  {
    absl::MutexLock lock(&shared_->mutex);
    room = settings_.in_flight_max - shared_->in_flight;
  }
  if (room <= 0) return 0;
  const absl::Time now = clock_.Now();
  ASSIGN_OR_RETURN(const std::vector<MessageRow> rows,
                   database_.Query<std::vector<MessageRow>>([&](Transaction& transaction) {
                     return absl::StatusOr<std::vector<MessageRow>>(storage::LeaseDueMessages(
                         transaction, settings_.owner, now, now + settings_.lease, room));
                   }));
  for (const MessageRow& row : rows) {
    {
      absl::MutexLock lock(&shared_->mutex);
      ++shared_->in_flight;
    }
    auto note = [row, shared = shared_](SendResult result) {
      LogOutcome(row, result);
      auto noted = [shared](absl::Status status) {
        if (!status.ok()) LOG_ERROR("an sms outcome was not noted: {}", status);
        absl::MutexLock lock(&shared->mutex);
        --shared->in_flight;
        shared->is_awake = true;
      };
      shared->database.Submit(
          [row, shared, result = std::move(result)](Transaction& transaction) {
            NoteInRow(transaction, row, result, shared->settings, shared->clock.Now());
            return absl::OkStatus();
          },
          std::move(noted));
    };
    const std::optional<PhoneNumber> to = PhoneNumber::FromE164(row.recipient);
    absl::StatusOr<std::string> text =
        secrets_.Open(storage::kMessageTextPurpose, row.id, row.text_sealed);
    if (!to || !text.ok()) {
      note(Refused{to ? std::string(text.status().message()) : "the recipient is no number"});
      continue;
    }
    sender_.Send({.id = row.id,
                  .to = *to,
                  .from = row.sender,
                  .text = *std::move(text),
                  .created_at = row.created_at,
                  .attempt = row.attempts},
                 std::move(note));
  }
  return static_cast<int>(rows.size());
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
    const absl::StatusOr<int> dispatched = DispatchDue();
    if (!dispatched.ok()) LOG_ERROR("the sms outbox cannot be read: {}", dispatched.status());
  }
}

}  // namespace narada::control::sms
