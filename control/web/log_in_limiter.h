// Slows down who guesses at the log-in: after some failures of an address or a name, each further try
// waits twice as long as the one before, up to a quarter of an hour. Right and wrong wait alike, so
// that the wait tells nothing. Kept in memory: a restart forgives.
//
//   RETURN_IF_ERROR(limiter.Check({address, name}, now));   // RESOURCE_EXHAUSTED / LOG_IN_SLOWED
//   is_right ? limiter.NoteSuccess({address, name}) : limiter.NoteFailure({address, name}, now);
//
// Any thread.

#ifndef NARADA_CONTROL_WEB_LOG_IN_LIMITER_H_
#define NARADA_CONTROL_WEB_LOG_IN_LIMITER_H_

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace narada::control::web {

class LogInLimiter {
 public:
  static constexpr int kFreeFailures = 5;
  static constexpr absl::Duration kFirstWait = absl::Seconds(2);
  static constexpr absl::Duration kWaitMax = absl::Minutes(15);
  // Forgotten after so long without a failure, and the oldest first where there are too many.
  static constexpr absl::Duration kMemory = absl::Hours(1);
  static constexpr size_t kSubjectsMax = 10'000;

  // With the time left as retry delay.
  absl::Status Check(const std::vector<std::string>& subjects, absl::Time now);
  void NoteFailure(const std::vector<std::string>& subjects, absl::Time now);
  void NoteSuccess(const std::vector<std::string>& subjects);

 private:
  struct Record {
    int failures = 0;
    absl::Time last;
    absl::Time open_at;
  };

  std::mutex mutex_;
  std::map<std::string, Record> records_;  // Under mutex_.
};

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_LOG_IN_LIMITER_H_
