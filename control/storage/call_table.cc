#include "control/storage/call_table.h"

#include <soci/soci.h>

#include "control/storage/rows.h"

namespace narada::control::storage {

void PutCall(Transaction& transaction, const CallRow& row) {
  DeleteCall(transaction, row.id);
  Nullable<long long> joined_at = ToSql(row.joined_at);
  const long long noted_at = ToSql(row.noted_at);
  transaction.sql() << "INSERT INTO calls (id, language, joined_at, noted_at) "
                       "VALUES (:id, :language, :joined, :noted)",
      soci::use(row.id), soci::use(row.language), soci::use(joined_at.value, joined_at.indicator),
      soci::use(noted_at);
}

std::optional<CallRow> FindCall(Transaction& transaction, const std::string& id) {
  soci::row row;
  transaction.sql() << "SELECT id, language, joined_at, noted_at FROM calls WHERE id = :id",
      soci::use(id), soci::into(row);
  if (!transaction.sql().got_data()) return std::nullopt;
  return CallRow{.id = row.get<std::string>(0),
                 .language = row.get<std::string>(1),
                 .joined_at = OptionalTimeAt(row, 2),
                 .noted_at = TimeAt(row, 3)};
}

void DeleteCall(Transaction& transaction, const std::string& id) {
  transaction.sql() << "DELETE FROM calls WHERE id = :id", soci::use(id);
}

void DeleteCallsBefore(Transaction& transaction, absl::Time noted_before) {
  const long long before = ToSql(noted_before);
  transaction.sql() << "DELETE FROM calls WHERE noted_at < :before", soci::use(before);
}

}  // namespace narada::control::storage
