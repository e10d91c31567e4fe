#include "control/storage/message_table.h"

#include <soci/soci.h>

#include <limits>

#include "base/check.h"
#include "control/storage/rows.h"

namespace narada::control::storage {
namespace {

constexpr char kColumns[] =
    "id, reservation_id, recipient, sender, text_sealed, state, attempts, created_at, due_at, "
    "lease_until, provider_id, sent_at, last_error";

constexpr MessageState kStates[] = {MessageState::kPending, MessageState::kSending,
                                    MessageState::kSent, MessageState::kDelivered,
                                    MessageState::kFailed};

MessageState StateFromName(absl::string_view name) {
  for (const MessageState state : kStates) {
    if (MessageStateName(state) == name) return state;
  }
  CHECK(false) << "a message is in the unknown state " << std::string(name);
  return MessageState::kFailed;
}

MessageRow FromRow(const soci::row& row) {
  return {.id = row.get<std::string>(0),
          .reservation_id = OptionalTextAt(row, 1),
          .recipient = row.get<std::string>(2),
          .sender = row.get<std::string>(3),
          .text_sealed = row.get<std::string>(4),
          .state = StateFromName(row.get<std::string>(5)),
          .attempts = row.get<int>(6),
          .created_at = TimeAt(row, 7),
          .due_at = TimeAt(row, 8),
          .lease_until = OptionalTimeAt(row, 9),
          .provider_id = OptionalTextAt(row, 10),
          .sent_at = OptionalTimeAt(row, 11),
          .last_error = OptionalTextAt(row, 12)};
}

}  // namespace

absl::string_view MessageStateName(MessageState state) {
  switch (state) {
    case MessageState::kPending:
      return "pending";
    case MessageState::kSending:
      return "sending";
    case MessageState::kSent:
      return "sent";
    case MessageState::kDelivered:
      return "delivered";
    case MessageState::kFailed:
      return "failed";
  }
  return "";
}

void InsertMessage(Transaction& transaction, const MessageRow& row) {
  Nullable<std::string> reservation_id = ToSql(row.reservation_id);
  const std::string state(MessageStateName(row.state));
  const long long created_at = ToSql(row.created_at);
  const long long due_at = ToSql(row.due_at);
  transaction.sql()
      << "INSERT INTO sms_messages (id, reservation_id, recipient, sender, text_sealed, state, "
         "attempts, created_at, due_at) VALUES (:id, :reservation, :recipient, :sender, :text, "
         ":state, :attempts, :created, :due)",
      soci::use(row.id), soci::use(reservation_id.value, reservation_id.indicator),
      soci::use(row.recipient), soci::use(row.sender), soci::use(row.text_sealed), soci::use(state),
      soci::use(row.attempts), soci::use(created_at), soci::use(due_at);
}

std::vector<MessageRow> LeaseDueMessages(Transaction& transaction, const std::string& owner,
                                         absl::Time now, absl::Time lease_until, int rows_max) {
  const long long now_sql = ToSql(now);
  const long long lease_until_sql = ToSql(lease_until);
  std::vector<std::string> ids;
  {
    const soci::rowset<std::string> due =
        (transaction.sql().prepare
             << "SELECT id FROM sms_messages WHERE (state = 'pending' AND due_at <= :now_1) "
                "OR (state = 'sending' AND lease_until <= :now_2) ORDER BY due_at, id LIMIT :rows",
         soci::use(now_sql), soci::use(now_sql), soci::use(rows_max));
    ids.assign(due.begin(), due.end());
  }
  std::vector<MessageRow> leased;
  for (const std::string& id : ids) {
    // The condition stands here again: another replica may have been faster.
    soci::statement take =
        (transaction.sql().prepare
             << "UPDATE sms_messages SET state = 'sending', attempts = attempts + 1, "
                "lease_owner = :owner, lease_until = :until WHERE id = :id AND "
                "((state = 'pending' AND due_at <= :now_1) OR "
                "(state = 'sending' AND lease_until <= :now_2))",
         soci::use(owner), soci::use(lease_until_sql), soci::use(id), soci::use(now_sql),
         soci::use(now_sql));
    take.execute(true);
    if (take.get_affected_rows() == 1) leased.push_back(*FindMessage(transaction, id));
  }
  return leased;
}

bool MarkMessageSent(Transaction& transaction, const std::string& id, const std::string& owner,
                     const std::string& provider_id, absl::Time now) {
  const long long now_sql = ToSql(now);
  soci::statement mark =
      (transaction.sql().prepare
           << "UPDATE sms_messages SET state = 'sent', sent_at = :now, provider_id = :provider, "
              "lease_owner = NULL, lease_until = NULL, last_error = NULL "
              "WHERE id = :id AND state = 'sending' AND lease_owner = :owner",
       soci::use(now_sql), soci::use(provider_id), soci::use(id), soci::use(owner));
  mark.execute(true);
  return mark.get_affected_rows() == 1;
}

bool MarkMessageForRetry(Transaction& transaction, const std::string& id, const std::string& owner,
                         absl::Time due_at, const std::string& error) {
  const long long due_at_sql = ToSql(due_at);
  soci::statement mark =
      (transaction.sql().prepare
           << "UPDATE sms_messages SET state = 'pending', due_at = :due, last_error = :error, "
              "lease_owner = NULL, lease_until = NULL "
              "WHERE id = :id AND state = 'sending' AND lease_owner = :owner",
       soci::use(due_at_sql), soci::use(error), soci::use(id), soci::use(owner));
  mark.execute(true);
  return mark.get_affected_rows() == 1;
}

bool MarkMessageFailed(Transaction& transaction, const std::string& id, const std::string& owner,
                       const std::string& error) {
  soci::statement mark = (transaction.sql().prepare
                              << "UPDATE sms_messages SET state = 'failed', last_error = :error, "
                                 "lease_owner = NULL, lease_until = NULL "
                                 "WHERE id = :id AND state = 'sending' AND lease_owner = :owner",
                          soci::use(error), soci::use(id), soci::use(owner));
  mark.execute(true);
  return mark.get_affected_rows() == 1;
}

int64_t WipeMessageTexts(Transaction& transaction, absl::Time sent_before,
                         absl::Time failed_before) {
  const long long sent_before_sql = ToSql(sent_before);
  const long long failed_before_sql = ToSql(failed_before);
  soci::statement wipe =
      (transaction.sql().prepare
           << "UPDATE sms_messages SET text_sealed = '' WHERE text_sealed <> '' AND "
              "((state IN ('sent', 'delivered') AND created_at < :sent_before) OR "
              "(state = 'failed' AND created_at < :failed_before))",
       soci::use(sent_before_sql), soci::use(failed_before_sql));
  wipe.execute(true);
  return wipe.get_affected_rows();
}

void ReleaseLeases(Transaction& transaction) {
  transaction.sql() << "UPDATE sms_messages SET state = 'pending', lease_owner = NULL, "
                       "lease_until = NULL WHERE state = 'sending'";
}

std::optional<MessageRow> FindMessage(Transaction& transaction, const std::string& id) {
  soci::row row;
  transaction.sql() << "SELECT " << kColumns << " FROM sms_messages WHERE id = :id", soci::use(id),
      soci::into(row);
  if (!transaction.sql().got_data()) return std::nullopt;
  return FromRow(row);
}

std::vector<MessageRow> ListMessages(Transaction& transaction,
                                     const std::optional<MessagePlace>& after, int rows_max) {
  // The first page begins after the end of time.
  const long long created_at =
      after ? ToSql(after->created_at) : std::numeric_limits<long long>::max();
  const std::string id = after ? after->id : "";
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare
           << "SELECT " << kColumns
           << " FROM sms_messages WHERE created_at < :created_1 "
              "OR (created_at = :created_2 AND id > :id) ORDER BY created_at DESC, id LIMIT :rows",
       soci::use(created_at), soci::use(created_at), soci::use(id), soci::use(rows_max));
  std::vector<MessageRow> result;
  for (const soci::row& row : rows) result.push_back(FromRow(row));
  return result;
}

}  // namespace narada::control::storage
