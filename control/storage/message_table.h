// The SMS outbox as rows: a message is inserted in the transaction of what it tells about, then
// leased, sent, and retried until it is sent or given up. control/sms decides; here it is kept.
// Functions run in a Transaction (database thread) and may throw SOCI's exceptions, which Database
// catches.

#ifndef NARADA_CONTROL_STORAGE_MESSAGE_TABLE_H_
#define NARADA_CONTROL_STORAGE_MESSAGE_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/storage/database.h"

namespace narada::control::storage {

// What SecretBox::Seal is told that a message's text is.
inline constexpr absl::string_view kMessageTextPurpose = "sms text";

// pending -> sending (leased) -> sent -> delivered, or back to pending, or failed for good.
enum class MessageState { kPending, kSending, kSent, kDelivered, kFailed };
absl::string_view MessageStateName(MessageState state);

struct MessageRow {
  std::string id;
  std::optional<std::string> reservation_id;
  std::string recipient;  // E.164.
  std::string sender;     // E.164 or a name of at most 11 letters.
  // Sealed under kMessageTextPurpose with `id` as its context; empty once wiped.
  std::string text_sealed;
  MessageState state = MessageState::kPending;
  int attempts = 0;
  absl::Time created_at;
  absl::Time due_at;
  std::optional<absl::Time> lease_until;
  std::optional<std::string> provider_id;
  std::optional<absl::Time> sent_at;
  std::optional<std::string> last_error;
};

void InsertMessage(Transaction& transaction, const MessageRow& row);

// Takes up to `rows_max` messages that are due, or whose lease has run out, until `lease_until`,
// and counts the attempt. Nobody else gets them before that.
std::vector<MessageRow> LeaseDueMessages(Transaction& transaction, const std::string& owner,
                                         absl::Time now, absl::Time lease_until, int rows_max);

// Each ends the lease and changes nothing (returns false) if it is no longer `owner`'s.
bool MarkMessageSent(Transaction& transaction, const std::string& id, const std::string& owner,
                     const std::string& provider_id, absl::Time now);
bool MarkMessageForRetry(Transaction& transaction, const std::string& id, const std::string& owner,
                         absl::Time due_at, const std::string& error);
bool MarkMessageFailed(Transaction& transaction, const std::string& id, const std::string& owner,
                       const std::string& error);

// Forgets the texts, which hold PINs, of messages made before the times given: of those that left, and of
// those that were given up. Returns how many.
int64_t WipeMessageTexts(Transaction& transaction, absl::Time sent_before,
                         absl::Time failed_before);

// Ends every lease. For a start where no other process can have one (SQLite).
void ReleaseLeases(Transaction& transaction);

std::optional<MessageRow> FindMessage(Transaction& transaction, const std::string& id);

// Newest first. `after` is the row that the page before ended with.
struct MessagePlace {
  absl::Time created_at;
  std::string id;
};
std::vector<MessageRow> ListMessages(Transaction& transaction,
                                     const std::optional<MessagePlace>& after, int rows_max);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_MESSAGE_TABLE_H_
