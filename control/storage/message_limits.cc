#include "control/storage/message_limits.h"

#include <soci/soci.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "control/storage/rows.h"

namespace narada::control::storage {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);
constexpr size_t kRangeDigits = 3;

// True once `max` messages since `since` have a `column` from `first` to `last`. Counts no further.
bool IsReached(Transaction& transaction, absl::string_view column, const std::string& first,
               const std::string& last, absl::Time since, int max) {
  if (max == 0) return false;
  const long long since_sql = ToSql(since);
  int count = 0;
  transaction.sql() << "SELECT COUNT(*) FROM (SELECT 1 FROM sms_messages WHERE "
                    << std::string(column) << " >= :first AND " << std::string(column)
                    << " <= :last AND created_at > :since LIMIT :max) AS counted",
      soci::use(first), soci::use(last), soci::use(since_sql), soci::use(max), soci::into(count);
  return count >= max;
}

bool IsReached(Transaction& transaction, absl::string_view column, const std::string& value,
               absl::Time since, int max) {
  if (max == 0) return false;
  const long long since_sql = ToSql(since);
  int count = 0;
  transaction.sql() << "SELECT COUNT(*) FROM (SELECT 1 FROM sms_messages WHERE "
                    << std::string(column) << " = :value AND created_at > :since LIMIT :max) AS "
                    << "counted",
      soci::use(value), soci::use(since_sql), soci::use(max), soci::into(count);
  return count >= max;
}

bool IsDayFull(Transaction& transaction, absl::Time since, int max) {
  if (max == 0) return false;
  const long long since_sql = ToSql(since);
  int count = 0;
  transaction.sql() << "SELECT COUNT(*) FROM (SELECT 1 FROM sms_messages WHERE created_at > :since "
                       "LIMIT :max) AS counted",
      soci::use(since_sql), soci::use(max), soci::into(count);
  return count >= max;
}

}  // namespace

bool WithinLimits(Transaction& transaction, const MessageLimits& limits,
                  const MessageParties& parties, absl::Time now) {
  const bool is_allowed =
      limits.destination_prefixes.empty() ||
      std::any_of(
          limits.destination_prefixes.begin(), limits.destination_prefixes.end(),
          [&](const std::string& prefix) { return absl::StartsWith(parties.recipient, prefix); });
  if (!is_allowed || parties.recipient.size() <= kRangeDigits) return false;
  const absl::Time since = now - kDay;
  const std::string range = parties.recipient.substr(0, parties.recipient.size() - kRangeDigits);
  return !IsReached(transaction, "recipient", parties.recipient, since,
                    limits.per_destination_day_max) &&
         (parties.caller.empty() ||
          !IsReached(transaction, "caller", parties.caller, since, limits.per_caller_day_max)) &&
         !IsReached(transaction, "recipient", absl::StrCat(range, "000"),
                    absl::StrCat(range, "999"), since, limits.per_range_day_max) &&
         (parties.tenant.empty() ||
          !IsReached(transaction, "tenant", parties.tenant, since, limits.per_tenant_day_max)) &&
         !IsDayFull(transaction, since, limits.day_max);
}

}  // namespace narada::control::storage
