// What is counted of messages, for /metrics. Any thread; each counter only grows.
#ifndef NARADA_CONTROL_SMS_SMS_COUNTERS_H_
#define NARADA_CONTROL_SMS_SMS_COUNTERS_H_

#include <atomic>
#include <cstdint>

namespace narada::control::sms {

struct SmsCounters {
  std::atomic<int64_t> messages_sent = 0;
  std::atomic<int64_t> messages_refused = 0;  // By their peer, for good, or given up.
  std::atomic<int64_t> attempts_failed = 0;
  std::atomic<int64_t> messages_limited = 0;     // Not written to the outbox: a limit forbade it.
  std::atomic<int64_t> possible_duplicates = 0;  // Parts sent again because an answer was lost.
  std::atomic<int64_t> throttled = 0;            // Parts that an SMSC told to wait.
  std::atomic<int64_t> connections_lost = 0;
  std::atomic<int64_t> receipts_delivered = 0;
  std::atomic<int64_t> receipts_undelivered = 0;
};

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_SMS_COUNTERS_H_
