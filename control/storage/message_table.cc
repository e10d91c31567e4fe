#include "control/storage/message_table.h"

#include <soci/soci.h>

#include <limits>

#include "base/check.h"
#include "control/storage/rows.h"

namespace narada::control::storage {
namespace {

constexpr char kColumns[] =
    "id, reservation_id, recipient, sender, text_sealed, state, attempts, created_at, due_at, "
    "lease_until, provider_id, sent_at, last_error, caller, tenant, request_id, route, alphabet, "
    "part_count, queued_at, unanswered, possible_duplicates, delivered_at";

constexpr MessageState kStates[] = {MessageState::kPending, MessageState::kSending,
                                    MessageState::kSent,    MessageState::kDelivered,
                                    MessageState::kFailed,  MessageState::kUndelivered};

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
          .caller = row.get<std::string>(13),
          .tenant = row.get<std::string>(14),
          .request_id = OptionalTextAt(row, 15),
          .text_sealed = row.get<std::string>(4),
          .state = StateFromName(row.get<std::string>(5)),
          .attempts = row.get<int>(6),
          .created_at = TimeAt(row, 7),
          .due_at = TimeAt(row, 8),
          .lease_until = OptionalTimeAt(row, 9),
          .provider_id = OptionalTextAt(row, 10),
          .sent_at = OptionalTimeAt(row, 11),
          .last_error = OptionalTextAt(row, 12),
          .route = OptionalTextAt(row, 16),
          .alphabet = OptionalTextAt(row, 17),
          .part_count = row.get<int>(18),
          .queued_at = TimeAt(row, 19),
          .unanswered = row.get<int>(20),
          .possible_duplicates = row.get<int>(21),
          .delivered_at = OptionalTimeAt(row, 22)};
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
    case MessageState::kUndelivered:
      return "undelivered";
  }
  return "";
}

void InsertMessage(Transaction& transaction, const MessageRow& row) {
  Nullable<std::string> reservation_id = ToSql(row.reservation_id);
  Nullable<std::string> request_id = ToSql(row.request_id);
  const std::string state(MessageStateName(row.state));
  const long long created_at = ToSql(row.created_at);
  const long long due_at = ToSql(row.due_at);
  transaction.sql()
      << "INSERT INTO sms_messages (id, reservation_id, recipient, sender, caller, tenant, "
         "request_id, text_sealed, state, attempts, created_at, queued_at, due_at) VALUES (:id, "
         ":reservation, :recipient, :sender, :caller, :tenant, :request, :text, :state, :attempts, "
         ":created, :queued, :due)",
      soci::use(row.id), soci::use(reservation_id.value, reservation_id.indicator),
      soci::use(row.recipient), soci::use(row.sender), soci::use(row.caller), soci::use(row.tenant),
      soci::use(request_id.value, request_id.indicator), soci::use(row.text_sealed),
      soci::use(state), soci::use(row.attempts), soci::use(created_at), soci::use(created_at),
      soci::use(due_at);
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
             << "UPDATE sms_messages SET attempts = attempts + 1, unanswered = unanswered + CASE "
                "WHEN state = 'sending' THEN :all ELSE 0 END, state = 'sending', "
                "lease_owner = :owner, lease_until = :until WHERE id = :id AND "
                "((state = 'pending' AND due_at <= :now_1) OR "
                "(state = 'sending' AND lease_until <= :now_2))",
         soci::use(kUnansweredAll), soci::use(owner), soci::use(lease_until_sql), soci::use(id),
         soci::use(now_sql), soci::use(now_sql));
    take.execute(true);
    if (take.get_affected_rows() == 1) leased.push_back(*FindMessage(transaction, id));
  }
  return leased;
}

void RenewLeases(Transaction& transaction, const std::vector<std::string>& ids,
                 const std::string& owner, absl::Time lease_until) {
  const long long lease_until_sql = ToSql(lease_until);
  for (const std::string& id : ids) {
    transaction.sql() << "UPDATE sms_messages SET lease_until = :until WHERE id = :id AND "
                         "state = 'sending' AND lease_owner = :owner",
        soci::use(lease_until_sql), soci::use(id), soci::use(owner);
  }
}

bool MarkMessageSent(Transaction& transaction, const std::string& id, const std::string& owner,
                     const std::string& provider_id, const AttemptNote& note, absl::Time now) {
  const long long now_sql = ToSql(now);
  soci::statement mark =
      (transaction.sql().prepare
           << "UPDATE sms_messages SET state = 'sent', sent_at = :now, provider_id = :provider, "
              "route = :route, alphabet = :alphabet, part_count = :parts, unanswered = 0, "
              "possible_duplicates = possible_duplicates + :duplicates, "
              "lease_owner = NULL, lease_until = NULL, last_error = NULL "
              "WHERE id = :id AND state = 'sending' AND lease_owner = :owner",
       soci::use(now_sql), soci::use(provider_id), soci::use(note.route), soci::use(note.alphabet),
       soci::use(note.part_count), soci::use(note.possible_duplicates), soci::use(id),
       soci::use(owner));
  mark.execute(true);
  return mark.get_affected_rows() == 1;
}

bool MarkMessageForRetry(Transaction& transaction, const std::string& id, const std::string& owner,
                         absl::Time due_at, const std::string& error, const AttemptNote& note) {
  const long long due_at_sql = ToSql(due_at);
  soci::statement mark =
      (transaction.sql().prepare
           << "UPDATE sms_messages SET state = 'pending', due_at = :due, last_error = :error, "
              "unanswered = :unanswered, possible_duplicates = possible_duplicates + :duplicates, "
              "lease_owner = NULL, lease_until = NULL "
              "WHERE id = :id AND state = 'sending' AND lease_owner = :owner",
       soci::use(due_at_sql), soci::use(error), soci::use(note.unanswered),
       soci::use(note.possible_duplicates), soci::use(id), soci::use(owner));
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
              "((state IN ('sent', 'delivered') AND queued_at < :sent_before) OR "
              "(state IN ('failed', 'undelivered') AND queued_at < :failed_before))",
       soci::use(sent_before_sql), soci::use(failed_before_sql));
  wipe.execute(true);
  return wipe.get_affected_rows();
}

void ReleaseLeases(Transaction& transaction) {
  transaction.sql() << "UPDATE sms_messages SET state = 'pending', unanswered = unanswered + :all, "
                       "lease_owner = NULL, lease_until = NULL WHERE state = 'sending'",
      soci::use(kUnansweredAll);
}

void MakePendingDue(Transaction& transaction, absl::Time now) {
  const long long now_sql = ToSql(now);
  transaction.sql() << "UPDATE sms_messages SET due_at = :now_1 WHERE state = 'pending' AND "
                       "due_at > :now_2",
      soci::use(now_sql), soci::use(now_sql);
}

bool ReviveMessage(Transaction& transaction, const std::string& id, absl::Time now) {
  const long long now_sql = ToSql(now);
  // It is wished to come again: what has come of it counts no more.
  transaction.sql() << "DELETE FROM sms_parts WHERE message_id = :id_1 AND EXISTS (SELECT 1 FROM "
                       "sms_messages WHERE id = :id_2 AND state IN ('failed', 'undelivered') AND "
                       "text_sealed <> '')",
      soci::use(id), soci::use(id);
  soci::statement revive =
      (transaction.sql().prepare
           << "UPDATE sms_messages SET state = 'pending', due_at = :due, queued_at = :queued, "
              "unanswered = 0, delivered_at = NULL, sent_at = NULL, provider_id = NULL "
              "WHERE id = :id AND state IN ('failed', 'undelivered') AND text_sealed <> ''",
       soci::use(now_sql), soci::use(now_sql), soci::use(id));
  revive.execute(true);
  return revive.get_affected_rows() == 1;
}

std::vector<MessageRow> FindMessagesByRequest(Transaction& transaction,
                                              const std::string& request_id) {
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare << "SELECT " << kColumns
                                 << " FROM sms_messages WHERE request_id = :request ORDER BY id",
       soci::use(request_id));
  std::vector<MessageRow> result;
  for (const soci::row& row : rows) result.push_back(FromRow(row));
  return result;
}

void ReleaseLeasesOf(Transaction& transaction, const std::string& owner) {
  transaction.sql() << "UPDATE sms_messages SET state = 'pending', unanswered = unanswered + :all, "
                       "lease_owner = NULL, lease_until = NULL "
                       "WHERE state = 'sending' AND lease_owner = :owner",
      soci::use(kUnansweredAll), soci::use(owner);
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
