#include "control/storage/message_part_table.h"

#include <soci/soci.h>

#include "base/check.h"
#include "control/storage/rows.h"

namespace narada::control::storage {
namespace {

constexpr PartState kStates[] = {PartState::kAccepted, PartState::kDelivered,
                                 PartState::kUndelivered};

PartState StateFromName(absl::string_view name) {
  for (const PartState state : kStates) {
    if (PartStateName(state) == name) return state;
  }
  CHECK(false) << "a part of a message is in the unknown state " << std::string(name);
  return PartState::kAccepted;
}

void SetPartState(Transaction& transaction, const std::string& message_id, int number,
                  PartState state, const std::string& detail) {
  const std::string name(PartStateName(state));
  // A delivered part stays so, whatever comes late.
  transaction.sql() << "UPDATE sms_parts SET state = :state, detail = :detail WHERE message_id = "
                       ":id AND number = :number AND state <> 'delivered'",
      soci::use(name), soci::use(detail), soci::use(message_id), soci::use(number);
}

}  // namespace

absl::string_view PartStateName(PartState state) {
  switch (state) {
    case PartState::kAccepted:
      return "accepted";
    case PartState::kDelivered:
      return "delivered";
    case PartState::kUndelivered:
      return "undelivered";
  }
  return "";
}

void NotePartAccepted(Transaction& transaction, const PartRow& row) {
  const std::string state(PartStateName(PartState::kAccepted));
  const long long accepted_at = ToSql(row.accepted_at);
  transaction.sql() << "INSERT INTO sms_parts (message_id, number, route, provider_id, state, "
                       "accepted_at) VALUES "
                       "(:id, :number, :route, :provider, :state, :at) ON CONFLICT (message_id, "
                       "number) DO UPDATE "
                       "SET route = excluded.route, provider_id = excluded.provider_id, "
                       "accepted_at = excluded.accepted_at",
      soci::use(row.message_id), soci::use(row.number), soci::use(row.route),
      soci::use(row.provider_id), soci::use(state), soci::use(accepted_at);
  if (row.provider_id.empty()) return;
  // A receipt that is being noted at this moment, elsewhere, meets this row: whoever commits second sees
  // the other.
  transaction.sql()
      << "INSERT INTO sms_early_receipts (route, provider_id, state, detail, received_at) VALUES "
         "(:route, :provider, :state, '', :at) ON CONFLICT (provider_id, route) DO UPDATE SET "
         "received_at = excluded.received_at",
      soci::use(row.route), soci::use(row.provider_id), soci::use(state), soci::use(accepted_at);
  std::string early_state, detail;
  transaction.sql() << "SELECT state, detail FROM sms_early_receipts WHERE provider_id = :provider "
                       "AND route = :route",
      soci::use(row.provider_id), soci::use(row.route), soci::into(early_state), soci::into(detail);
  const PartState early = StateFromName(early_state);
  if (early == PartState::kAccepted) return;
  SetPartState(transaction, row.message_id, row.number, early, detail);
}

std::vector<PartRow> ListParts(Transaction& transaction, const std::string& message_id) {
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare
           << "SELECT number, route, provider_id, state, accepted_at, detail FROM sms_parts WHERE "
              "message_id = :id ORDER BY number",
       soci::use(message_id));
  std::vector<PartRow> parts;
  for (const soci::row& row : rows) {
    parts.push_back({.message_id = message_id,
                     .number = row.get<int>(0),
                     .route = row.get<std::string>(1),
                     .provider_id = row.get<std::string>(2),
                     .state = StateFromName(row.get<std::string>(3)),
                     .accepted_at = TimeAt(row, 4),
                     .detail = OptionalTextAt(row, 5)});
  }
  return parts;
}

bool NoteReceipt(Transaction& transaction, const std::string& route, const std::string& provider_id,
                 PartState state, const std::string& detail, absl::Time now) {
  CHECK(state != PartState::kAccepted) << "a receipt that says nothing final";
  // The newest, should an SMSC begin its ids anew.
  std::string message_id;
  int number = 0;
  transaction.sql() << "SELECT message_id, number FROM sms_parts WHERE provider_id = :provider AND "
                       "route = :route ORDER BY accepted_at DESC LIMIT 1",
      soci::use(provider_id), soci::use(route), soci::into(message_id), soci::into(number);
  if (transaction.sql().got_data()) {
    SetPartState(transaction, message_id, number, state, detail);
    SettleDelivery(transaction, message_id, now);
    return true;
  }
  const std::string name(PartStateName(state));
  const long long now_sql = ToSql(now);
  transaction.sql()
      << "INSERT INTO sms_early_receipts (route, provider_id, state, detail, received_at) VALUES "
         "(:route, :provider, :state, :detail, :at) ON CONFLICT (provider_id, route) DO UPDATE SET "
         "state = excluded.state, detail = excluded.detail, received_at = excluded.received_at",
      soci::use(route), soci::use(provider_id), soci::use(name), soci::use(detail),
      soci::use(now_sql);
  return false;
}

void SettleDelivery(Transaction& transaction, const std::string& message_id, absl::Time now) {
  const long long now_sql = ToSql(now);
  // One after the other: two receipts at once would each not see the other's part.
  transaction.sql() << "UPDATE sms_messages SET state = state WHERE id = :id",
      soci::use(message_id);
  transaction.sql() << "UPDATE sms_messages SET state = 'undelivered', last_error = (SELECT "
                       "MAX(detail) FROM sms_parts WHERE message_id = :id_1 AND state = "
                       "'undelivered') WHERE id = :id_2 AND state IN ('sent', 'delivered') AND "
                       "EXISTS (SELECT 1 FROM sms_parts WHERE message_id = :id_3 AND state = "
                       "'undelivered')",
      soci::use(message_id), soci::use(message_id), soci::use(message_id);
  transaction.sql()
      << "UPDATE sms_messages SET state = 'delivered', delivered_at = :now WHERE id = "
         ":id_1 AND state = 'sent' AND part_count > 0 AND part_count = (SELECT COUNT(*) FROM "
         "sms_parts "
         "WHERE message_id = :id_2 AND state = 'delivered')",
      soci::use(now_sql), soci::use(message_id), soci::use(message_id);
}

void DeleteEarlyReceipts(Transaction& transaction, absl::Time before) {
  const long long before_sql = ToSql(before);
  transaction.sql() << "DELETE FROM sms_early_receipts WHERE received_at < :before",
      soci::use(before_sql);
}

}  // namespace narada::control::storage
