// The parts of messages as rows: which of them a peer has taken, what it calls them, and what its
// receipts said. A message is delivered when all of its parts are, undelivered when one of them is.
// Functions run in a Transaction (database thread) and may throw SOCI's exceptions, which Database
// catches.

#ifndef NARADA_CONTROL_STORAGE_MESSAGE_PART_TABLE_H_
#define NARADA_CONTROL_STORAGE_MESSAGE_PART_TABLE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/storage/database.h"

namespace narada::control::storage {

enum class PartState { kAccepted, kDelivered, kUndelivered };
absl::string_view PartStateName(PartState state);

struct PartRow {
  std::string message_id;
  int number = 1;  // From 1.
  std::string route;
  std::string provider_id;  // May be empty.
  PartState state = PartState::kAccepted;
  absl::Time accepted_at;
  std::optional<std::string> detail;
};

// Keeps that a part has been taken; the latest id of a part that was sent twice is its id. A receipt that
// came before this is applied.
void NotePartAccepted(Transaction& transaction, const PartRow& row);

// The parts of a message that are known to have been taken, by number.
std::vector<PartRow> ListParts(Transaction& transaction, const std::string& message_id);

// Applies a receipt, kDelivered or kUndelivered, to the part that `provider_id` names, and to its message.
// One that nobody is known for is kept for NotePartAccepted; then this returns false.
bool NoteReceipt(Transaction& transaction, const std::string& route, const std::string& provider_id,
                 PartState state, const std::string& detail, absl::Time now);

// Makes a message that is sent what its parts say. For whoever has just marked it as sent.
void SettleDelivery(Transaction& transaction, const std::string& message_id, absl::Time now);

// Forgets receipts that nothing was found for.
void DeleteEarlyReceipts(Transaction& transaction, absl::Time before);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_MESSAGE_PART_TABLE_H_
