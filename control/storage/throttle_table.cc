#include "control/storage/throttle_table.h"

#include <soci/soci.h>

#include "control/storage/rows.h"

namespace narada::control::storage {
namespace {

constexpr char kColumns[] =
    "subject, tries, first_at, last_at, locked_until, label, conference_key";

FailedTriesRow FromRow(const soci::row& row) {
  return {.subject = row.get<std::string>(0),
          .tries = row.get<int>(1),
          .first_at = TimeAt(row, 2),
          .last_at = TimeAt(row, 3),
          .locked_until = OptionalTimeAt(row, 4),
          .label = row.get<std::string>(5),
          .conference_key = row.get<std::string>(6)};
}

int64_t DeleteOlder(Transaction& transaction, const std::string& from_and_where,
                    absl::Time before) {
  const long long before_sql = ToSql(before);
  soci::statement erase =
      (transaction.sql().prepare << "DELETE FROM " << from_and_where << " < :before",
       soci::use(before_sql));
  erase.execute(true);
  return erase.get_affected_rows();
}

}  // namespace

std::optional<FailedTriesRow> FindFailedTries(Transaction& transaction,
                                              const std::string& subject) {
  soci::row row;
  transaction.sql() << "SELECT " << kColumns << " FROM failed_tries WHERE subject = :subject",
      soci::use(subject), soci::into(row);
  if (!transaction.sql().got_data()) return std::nullopt;
  return FromRow(row);
}

void PutFailedTries(Transaction& transaction, const FailedTriesRow& row) {
  const long long first_at = ToSql(row.first_at);
  const long long last_at = ToSql(row.last_at);
  Nullable<long long> locked_until = ToSql(row.locked_until);
  transaction.sql()
      << "INSERT INTO failed_tries (subject, tries, first_at, last_at, locked_until, label, "
         "conference_key) VALUES (:subject, :tries, :first, :last, :locked, :label, :conference) "
         "ON CONFLICT (subject) DO UPDATE SET tries = excluded.tries, "
         "first_at = excluded.first_at, last_at = excluded.last_at, "
         "locked_until = excluded.locked_until, label = excluded.label, "
         "conference_key = excluded.conference_key",
      soci::use(row.subject), soci::use(row.tries), soci::use(first_at), soci::use(last_at),
      soci::use(locked_until.value, locked_until.indicator), soci::use(row.label),
      soci::use(row.conference_key);
}

std::vector<FailedTriesRow> ListLocked(Transaction& transaction, const std::string& conference_key,
                                       const std::string& after, absl::Time now, int rows_max) {
  const long long now_sql = ToSql(now);
  const int is_all = conference_key.empty();
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare
           << "SELECT " << kColumns
           << " FROM failed_tries WHERE locked_until > :now AND subject > :after AND "
              "(:all = 1 OR conference_key = :conference) ORDER BY subject LIMIT :rows",
       soci::use(now_sql), soci::use(after), soci::use(is_all), soci::use(conference_key),
       soci::use(rows_max));
  std::vector<FailedTriesRow> result;
  for (const soci::row& row : rows) result.push_back(FromRow(row));
  return result;
}

bool DeleteFailedTries(Transaction& transaction, const std::string& subject) {
  soci::statement erase =
      (transaction.sql().prepare << "DELETE FROM failed_tries WHERE subject = :subject",
       soci::use(subject));
  erase.execute(true);
  return erase.get_affected_rows() == 1;
}

int64_t DeleteFailedTriesBefore(Transaction& transaction, absl::Time before) {
  return DeleteOlder(transaction, "failed_tries WHERE last_at", before);
}

void PutStanding(Transaction& transaction, const std::string& subject, absl::Time seen_at) {
  const long long seen_at_sql = ToSql(seen_at);
  transaction.sql() << "INSERT INTO standings (subject, seen_at) VALUES (:subject, :seen) "
                       "ON CONFLICT (subject) DO UPDATE SET seen_at = excluded.seen_at",
      soci::use(subject), soci::use(seen_at_sql);
}

bool HasStanding(Transaction& transaction, const std::string& subject) {
  int count = 0;
  transaction.sql() << "SELECT count(*) FROM standings WHERE subject = :subject",
      soci::use(subject), soci::into(count);
  return count > 0;
}

int64_t DeleteStandingsBefore(Transaction& transaction, absl::Time before) {
  return DeleteOlder(transaction, "standings WHERE seen_at", before);
}

}  // namespace narada::control::storage
