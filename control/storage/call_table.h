// What a restarted control cannot learn from the mixer about a call in progress: the language that the
// caller chose, and since when they are in the conference. Functions run in a Transaction (database
// thread) and may throw SOCI's exceptions, which Database catches.

#ifndef NARADA_CONTROL_STORAGE_CALL_TABLE_H_
#define NARADA_CONTROL_STORAGE_CALL_TABLE_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "control/storage/database.h"

namespace narada::control::storage {

struct CallRow {
  std::string id;
  std::string language;
  std::optional<absl::Time> joined_at;  // Nothing: in no conference.
  absl::Time noted_at;
};

// Inserts the row, or replaces the one with its id.
void PutCall(Transaction& transaction, const CallRow& row);
std::optional<CallRow> FindCall(Transaction& transaction, const std::string& id);
void DeleteCall(Transaction& transaction, const std::string& id);
// Calls that ended while no control was there to note it.
void DeleteCallsBefore(Transaction& transaction, absl::Time noted_before);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_CALL_TABLE_H_
