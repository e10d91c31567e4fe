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

// pending -> sending (leased) -> sent -> delivered or undelivered (by receipt), or back to pending, or
// failed for good.
enum class MessageState { kPending, kSending, kSent, kDelivered, kFailed, kUndelivered };
absl::string_view MessageStateName(MessageState state);

// An attempt whose end nobody knows may have brought every part there: each such attempt adds this to
// MessageRow::unanswered. No message has so many parts.
inline constexpr int kUnansweredAll = 256;

struct MessageRow {
  std::string id;
  std::optional<std::string> reservation_id;
  std::string recipient;  // E.164.
  std::string sender;     // E.164 or a name of at most 11 letters.
  std::string caller;     // E.164 of who caused it, for its limit; empty: withheld, or nobody.
  std::string tenant;     // Empty: the on-demand service.
  // The client's key of an order to several recipients; nothing: no order.
  std::optional<std::string> request_id;
  // Sealed under kMessageTextPurpose with `id` as its context; empty once wiped.
  std::string text_sealed;
  MessageState state = MessageState::kPending;
  int attempts = 0;
  absl::Time created_at;
  absl::Time due_at;
  std::optional<absl::Time> lease_until;
  std::optional<std::string> provider_id;  // Of the first part.
  std::optional<absl::Time> sent_at;
  std::optional<std::string> last_error;
  std::optional<std::string> route;     // By which it left: the sender's name.
  std::optional<std::string> alphabet;  // "gsm7" or "ucs2".
  int part_count = 0;                   // 0: not known yet.
  absl::Time queued_at;                 // When it was made, or ordered to be sent once more.
  // Parts that may have left, though nobody knows it; and kUnansweredAll for each attempt that nobody
  // knows the end of, since duplicates were last counted.
  int unanswered = 0;
  int possible_duplicates = 0;  // Parts sent again though they may have arrived.
  std::optional<absl::Time> delivered_at;
};

// What the outcome of an attempt adds.
struct AttemptNote {
  std::string route;
  std::string alphabet;
  int part_count = 0;
  int unanswered = 0;           // As it is from now on.
  int possible_duplicates = 0;  // To be added.
};

void InsertMessage(Transaction& transaction, const MessageRow& row);

// Takes up to `rows_max` messages that are due, or whose lease has run out, until `lease_until`,
// and counts the attempt. Nobody else gets them before that. Where a lease ran out, all of the message
// counts as unanswered once more.
std::vector<MessageRow> LeaseDueMessages(Transaction& transaction, const std::string& owner,
                                         absl::Time now, absl::Time lease_until, int rows_max);

// Prolongs the leases of `owner` on these messages.
void RenewLeases(Transaction& transaction, const std::vector<std::string>& ids,
                 const std::string& owner, absl::Time lease_until);

// Each ends the lease and changes nothing (returns false) if it is no longer `owner`'s.
bool MarkMessageSent(Transaction& transaction, const std::string& id, const std::string& owner,
                     const std::string& provider_id, const AttemptNote& note, absl::Time now);
bool MarkMessageForRetry(Transaction& transaction, const std::string& id, const std::string& owner,
                         absl::Time due_at, const std::string& error, const AttemptNote& note);
bool MarkMessageFailed(Transaction& transaction, const std::string& id, const std::string& owner,
                       const std::string& error);

// Forgets the texts, which hold PINs, of messages made before the times given: of those that left, and of
// those that were given up. Returns how many.
int64_t WipeMessageTexts(Transaction& transaction, absl::Time sent_before,
                         absl::Time failed_before);

// Ends every lease. For a start where no other process can have one (SQLite).
void ReleaseLeases(Transaction& transaction);
// Ends those of a dispatcher that is dead.
void ReleaseLeasesOf(Transaction& transaction, const std::string& owner);

// Makes everything due that waits for a later attempt: a peer is back.
void MakePendingDue(Transaction& transaction, absl::Time now);

// Orders a failed or undelivered message whose text is still there to be sent once more. False if it is
// not one.
bool ReviveMessage(Transaction& transaction, const std::string& id, absl::Time now);

// The messages of an order, as ListMessages.
std::vector<MessageRow> FindMessagesByRequest(Transaction& transaction,
                                              const std::string& request_id);

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
