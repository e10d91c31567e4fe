#include "control/sms/sender_chain.h"

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/check.h"
#include "base/log.h"

namespace narada::control::sms {

struct SenderChain::Shared {
  struct Breaker {
    int failures = 0;
    absl::Time closed_at = absl::InfinitePast();  // It may be tried from then on.
  };

  Shared(const Clock& clock, const BreakerSettings& settings) : clock(clock), settings(settings) {}

  // The first sender from `first` on that does not rest; it counts as in use until Release. Null at the
  // end of the list, or of the chain.
  SmsSender* Acquire(size_t& first) {
    absl::MutexLock lock(&mutex);
    const absl::Time now = clock.Now();
    for (; !is_stopping && first < senders.size(); ++first) {
      Breaker& breaker = breakers[first];
      if (senders.size() > 1 && now < breaker.closed_at) continue;
      // Of those that come while it is open, one tries it; the others go past.
      if (breaker.failures >= settings.failures_max) breaker.closed_at = now + settings.rest;
      ++in_use;
      return senders[first].get();
    }
    return nullptr;
  }

  void Release() {
    absl::MutexLock lock(&mutex);
    --in_use;
  }

  void Note(size_t index, bool is_failure) {
    absl::MutexLock lock(&mutex);
    Breaker& breaker = breakers[index];
    breaker.failures = is_failure ? breaker.failures + 1 : 0;
    if (!is_failure) breaker.closed_at = absl::InfinitePast();
    if (breaker.failures < settings.failures_max) return;
    if (breaker.failures == settings.failures_max && names.size() > 1) {
      LOG_WARNING("sms route {} failed {} times in a row; it is left alone for {}", names[index],
                  breaker.failures, absl::FormatDuration(settings.rest));
    }
    breaker.closed_at = clock.Now() + settings.rest;
  }

  const Clock& clock;
  const BreakerSettings settings;

  absl::Mutex mutex;
  std::vector<std::unique_ptr<SmsSender>> senders ABSL_GUARDED_BY(mutex);
  std::vector<std::string> names ABSL_GUARDED_BY(mutex);  // Theirs.
  std::vector<Breaker> breakers ABSL_GUARDED_BY(mutex);
  bool is_stopping ABSL_GUARDED_BY(mutex) = false;
  int in_use ABSL_GUARDED_BY(mutex) = 0;
};

SenderChain::SenderChain(const Clock& clock, const BreakerSettings& breaker)
    : shared_(std::make_shared<Shared>(clock, breaker)) {}

SenderChain::~SenderChain() { Stop(); }

void SenderChain::SetSenders(std::vector<std::unique_ptr<SmsSender>> senders) {
  CHECK(!senders.empty()) << "a chain without senders sends nothing";
  absl::MutexLock lock(&shared_->mutex);
  CHECK(shared_->senders.empty()) << "a chain has its senders once";
  for (const auto& sender : senders) shared_->names.emplace_back(sender->name());
  shared_->breakers.resize(senders.size());
  shared_->senders = std::move(senders);
}

void SenderChain::Stop() {
  std::vector<std::unique_ptr<SmsSender>> ending;
  {
    absl::MutexLock lock(&shared_->mutex);
    shared_->is_stopping = true;
    shared_->mutex.Await(absl::Condition(
        +[](Shared* shared)
             ABSL_EXCLUSIVE_LOCKS_REQUIRED(shared->mutex) { return shared->in_use == 0; },
        shared_.get()));
    ending.swap(shared_->senders);
  }
  ending.clear();  // Outside of the lock: they hand back what they have.
}

void SenderChain::Send(OutgoingMessage message, absl::AnyInvocable<void(SendResult)> done) {
  TryFrom(shared_, 0, std::move(message), TryAgain{"no sms route can be tried now"},
          std::move(done));
}

void SenderChain::TryFrom(std::shared_ptr<Shared> shared, size_t first, OutgoingMessage message,
                          TryAgain last, absl::AnyInvocable<void(SendResult)> done) {
  SmsSender* sender = shared->Acquire(first);
  if (sender == nullptr) return done(std::move(last));
  OutgoingMessage copy = message;
  sender->Send(std::move(copy), [shared, first, message = std::move(message),
                                 done = std::move(done)](SendResult result) mutable {
    TryAgain* again = std::get_if<TryAgain>(&result);
    shared->Note(first, again != nullptr);
    if (again == nullptr || again->unanswered > 0) return done(std::move(result));
    TryFrom(shared, first + 1, std::move(message), std::move(*again), std::move(done));
  });
  shared->Release();
}

}  // namespace narada::control::sms
