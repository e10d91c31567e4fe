// How our values look in SQL, for the tables of this folder alone.

#ifndef NARADA_CONTROL_STORAGE_ROWS_H_
#define NARADA_CONTROL_STORAGE_ROWS_H_

#include <soci/soci.h>

#include <optional>
#include <string>

#include "absl/time/time.h"

namespace narada::control::storage {

// Times are whole microseconds since 1970 UTC, the finest that PostgreSQL's own type has.
inline long long ToSql(absl::Time time) { return absl::ToUnixMicros(time); }
inline absl::Time TimeFromSql(long long micros) { return absl::FromUnixMicros(micros); }

// An optional value as SOCI binds it: soci::use(nullable.value, nullable.indicator).
template <typename T>
struct Nullable {
  T value{};
  soci::indicator indicator = soci::i_null;
};

inline Nullable<std::string> ToSql(const std::optional<std::string>& text) {
  if (!text) return {};
  return {*text, soci::i_ok};
}
inline Nullable<long long> ToSql(const std::optional<absl::Time>& time) {
  if (!time) return {};
  return {ToSql(*time), soci::i_ok};
}

inline absl::Time TimeAt(const soci::row& row, size_t column) {
  return TimeFromSql(row.get<long long>(column));
}
inline std::optional<std::string> OptionalTextAt(const soci::row& row, size_t column) {
  if (row.get_indicator(column) == soci::i_null) return std::nullopt;
  return row.get<std::string>(column);
}
inline std::optional<absl::Time> OptionalTimeAt(const soci::row& row, size_t column) {
  if (row.get_indicator(column) == soci::i_null) return std::nullopt;
  return TimeAt(row, column);
}

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_ROWS_H_
