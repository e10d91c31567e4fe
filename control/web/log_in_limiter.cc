#include "control/web/log_in_limiter.h"

#include <algorithm>

#include "base/status.h"

namespace narada::control::web {

absl::Status LogInLimiter::Check(const std::vector<std::string>& subjects, absl::Time now) {
  const std::lock_guard lock(mutex_);
  absl::Time open_at = absl::InfinitePast();
  for (const std::string& subject : subjects) {
    const auto found = records_.find(subject);
    if (found != records_.end()) open_at = std::max(open_at, found->second.open_at);
  }
  if (open_at <= now) return absl::OkStatus();
  return WithRetryAfter(ErrorWithReason(absl::StatusCode::kResourceExhausted, "LOG_IN_SLOWED",
                                        "too many failed tries: wait a little"),
                        open_at - now);
}

void LogInLimiter::NoteFailure(const std::vector<std::string>& subjects, absl::Time now) {
  const std::lock_guard lock(mutex_);
  for (const std::string& subject : subjects) {
    Record& record = records_[subject];
    if (now - record.last > kMemory) record = {};
    record.last = now;
    const int beyond = ++record.failures - kFreeFailures;
    if (beyond < 0) continue;
    record.open_at = now + std::min(kWaitMax, kFirstWait * (int64_t{1} << std::min(beyond, 20)));
  }
  if (records_.size() <= kSubjectsMax) return;
  const auto oldest =
      std::min_element(records_.begin(), records_.end(),
                       [](const auto& a, const auto& b) { return a.second.last < b.second.last; });
  records_.erase(oldest);
}

void LogInLimiter::NoteSuccess(const std::vector<std::string>& subjects) {
  const std::lock_guard lock(mutex_);
  for (const std::string& subject : subjects) records_.erase(subject);
}

}  // namespace narada::control::web
