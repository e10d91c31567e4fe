// The calls that are in a conference, as rows: what a restarted control needs in order to take them
// up again while the mixer goes on mixing them. Functions run in a Transaction (database thread)
// and may throw SOCI's exceptions, which Database catches.

#ifndef NARADA_CONTROL_STORAGE_CALL_TABLE_H_
#define NARADA_CONTROL_STORAGE_CALL_TABLE_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "control/storage/database.h"

namespace narada::control::storage {

struct CallRow {
  std::string id;
  std::string gateway;          // The signaling service that carries the call,
  std::string gateway_call_id;  // and the name it gave it.
  std::string caller_number;    // E.164; empty if withheld.
  std::string access_number;
  std::string language;
  std::string reservation_id;
  std::string mixer;       // Address of the mixer that has the leg,
  std::string mixer_room;  // the conference's room there,
  std::string leg;         // and the leg.
  absl::Time started_at;
  absl::Time joined_at;
  bool is_muted = false;
};

// Inserts the row, or replaces the one with its id.
void PutCall(Transaction& transaction, const CallRow& row);
void DeleteCall(Transaction& transaction, const std::string& id);
std::vector<CallRow> ListCalls(Transaction& transaction);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_CALL_TABLE_H_
