// How many messages one caller may cause and one number may get: a service that sends an SMS to whoever a
// stranger names is otherwise made to send thousands, at its operator's cost ("SMS pumping"). Counted in
// the outbox itself, in the transaction that adds to it.
//   if (WithinLimits(transaction, limits, {.recipient = "+48601234567", .caller = "+48221234567"}, now))
#ifndef NARADA_CONTROL_STORAGE_MESSAGE_LIMITS_H_
#define NARADA_CONTROL_STORAGE_MESSAGE_LIMITS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/storage/database.h"

namespace narada::control::storage {

// Messages within 24 hours; 0: no limit.
struct MessageLimits {
  // Beginnings of numbers that messages may go to, with "+"; empty: all.
  std::vector<std::string> destination_prefixes;
  int per_destination_day_max = 0;
  int per_caller_day_max = 0;
  // Numbers that differ in the last three digits only: pumpers own whole ranges.
  int per_range_day_max = 0;
  int day_max = 0;             // All together.
  int per_tenant_day_max = 0;  // Of the tenant that the message is of.
};

struct MessageParties {
  std::string recipient;  // E.164.
  std::string caller;     // E.164; empty: not known, and then not counted.
  std::string tenant;     // Empty: the on-demand service, which has no limit of its own.
};

// True if one message more may be sent.
bool WithinLimits(Transaction& transaction, const MessageLimits& limits,
                  const MessageParties& parties, absl::Time now);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_MESSAGE_LIMITS_H_
