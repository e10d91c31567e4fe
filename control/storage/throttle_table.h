// Who failed how often, and who is known in which room: the throttle's memory, shared by all replicas.
// Subjects are keyed hashes. What they mean is decided in control/accounts/throttle.h. Database thread.

#ifndef NARADA_CONTROL_STORAGE_THROTTLE_TABLE_H_
#define NARADA_CONTROL_STORAGE_THROTTLE_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "control/storage/database.h"

namespace narada::control::storage {

struct FailedTriesRow {
  std::string subject;
  int tries = 0;        // Since first_at.
  absl::Time first_at;  // Of the window.
  absl::Time last_at;
  std::optional<absl::Time> locked_until;
  std::string label;           // As operators see the subject; never a whole number or a PIN.
  std::string conference_key;  // The reservation or permanent room that was tried; empty: none.
};

std::optional<FailedTriesRow> FindFailedTries(Transaction& transaction, const std::string& subject);
void PutFailedTries(Transaction& transaction, const FailedTriesRow& row);
// Those locked at `now`, by subject, behind `after`; `conference_key` empty: of all.
std::vector<FailedTriesRow> ListLocked(Transaction& transaction, const std::string& conference_key,
                                       const std::string& after, absl::Time now, int rows_max);
bool DeleteFailedTries(Transaction& transaction, const std::string& subject);
// Those whose last try was before `before`: windows and locks have ended since; returns how many.
int64_t DeleteFailedTriesBefore(Transaction& transaction, absl::Time before);

void PutStanding(Transaction& transaction, const std::string& subject, absl::Time seen_at);
bool HasStanding(Transaction& transaction, const std::string& subject);
int64_t DeleteStandingsBefore(Transaction& transaction, absl::Time before);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_THROTTLE_TABLE_H_
