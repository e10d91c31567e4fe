#ifndef NARADA_SIP_CALL_ADMISSION_H_
#define NARADA_SIP_CALL_ADMISSION_H_

#include <string>
#include <unordered_map>

#include "absl/time/time.h"

namespace narada::sip {

// Decides whether one more call may begin: a ceiling for all, a rate for each peer.
//   if (!admission.Admit(peer, calls, now)) refuse with 503 and Retry-After
// The table of peers is bounded: a flood from forged addresses cannot grow it, it then shares one
// bucket. Not thread-safe.
class CallAdmission {
 public:
  struct Limits {
    size_t calls_max = 5000;
    double calls_per_second_max = 50;  // Of one peer; bursts of as many at once.
  };
  static constexpr size_t kPeersMax = 10000;

  explicit CallAdmission(Limits limits) : limits_(limits) {}

  // `calls` is how many are in progress without this one.
  bool Admit(const std::string& peer, size_t calls, absl::Time now);

 private:
  struct Bucket {
    double tokens = 0;
    absl::Time filled;
  };

  const Limits limits_;
  std::unordered_map<std::string, Bucket> peers_;
};

}  // namespace narada::sip

#endif  // NARADA_SIP_CALL_ADMISSION_H_
