#include "control/storage/report_table.h"

#include <soci/soci.h>

#include <cmath>
#include <limits>

#include "control/model/quality_log.h"
#include "control/model/speech_log.h"
#include "control/storage/rows.h"

namespace narada::control::storage {
namespace {

constexpr char kCallColumns[] =
    "id, conference_id, tenant_id, number, name, access_number, is_withheld, was_called_out, "
    "started_at, answered_at, joined_at, ended_at, ending, mos_milli, loss_ppm, jitter_us, "
    "round_trip_us, speech, quality_course";
constexpr char kConferenceColumns[] =
    "id, room_number, tenant_id, started_at, ended_at, participants, participants_max";

constexpr long long kFirst = std::numeric_limits<long long>::min();
constexpr long long kLast = std::numeric_limits<long long>::max();

std::optional<CallEnd> EndFromName(const std::optional<std::string>& name) {
  for (const CallEndName& known : kCallEndNames) {
    if (name && known.name == *name) return known.end;
  }
  return std::nullopt;
}

std::optional<CallQuality> QualityAt(const soci::row& row, size_t column) {
  if (row.get_indicator(column) == soci::i_null) return std::nullopt;
  return CallQuality{.mos = row.get<int>(column) / 1e3,
                     .loss_ratio = row.get<int>(column + 1) / 1e6,
                     .interarrival_jitter = absl::Microseconds(row.get<long long>(column + 2)),
                     .round_trip_time = absl::Microseconds(row.get<long long>(column + 3))};
}

CallRecord CallFromRow(const soci::row& row) {
  return {.id = row.get<std::string>(0),
          .conference_id = row.get<std::string>(1),
          .tenant_id = row.get<std::string>(2),
          .number = PhoneNumber::FromE164(row.get<std::string>(3)),
          .name = row.get<std::string>(4),
          .access_number = row.get<std::string>(5),
          .is_withheld = row.get<int>(6) != 0,
          .was_called_out = row.get<int>(7) != 0,
          .started_at = TimeAt(row, 8),
          .answered_at = OptionalTimeAt(row, 9),
          .joined_at = OptionalTimeAt(row, 10),
          .ended_at = OptionalTimeAt(row, 11),
          .end = EndFromName(OptionalTextAt(row, 12)),
          .quality = QualityAt(row, 13),
          .speech = SpeechFromText(row.get<std::string>(17), TimeAt(row, 8)),
          .quality_course = QualityFromText(row.get<std::string>(18), TimeAt(row, 8))};
}

ConferenceRecord ConferenceFromRow(const soci::row& row) {
  return {.id = row.get<std::string>(0),
          .room_number = row.get<std::string>(1),
          .tenant_id = row.get<std::string>(2),
          .started_at = TimeAt(row, 3),
          .ended_at = OptionalTimeAt(row, 4),
          .participants = row.get<int>(5),
          .participants_max = row.get<int>(6)};
}

template <typename T>
Nullable<T> ToNullable(bool is_known, T value) {
  if (!is_known) return {};
  return {value, soci::i_ok};
}

int Execute(soci::statement& statement) {
  statement.execute(true);
  return static_cast<int>(statement.get_affected_rows());
}

// The filter and the place as values to bind: conditions that are not wished are true for all rows.
struct Bounds {
  Bounds(const RecordFilter& filter, const std::optional<RecordPlace>& after)
      : from(filter.from ? ToSql(*filter.from) : kFirst),
        until(filter.until ? ToSql(*filter.until) : kLast),
        all_tenants(filter.tenant_id ? 0 : 1),
        tenant(filter.tenant_id.value_or("")),
        all_conferences(filter.conference_id ? 0 : 1),
        conference(filter.conference_id.value_or("")),
        after_time(after ? ToSql(after->started_at) : kLast),
        after_id(after ? after->id : "") {}

  const long long from, until;
  const int all_tenants;
  const std::string tenant;
  const int all_conferences;
  const std::string conference;
  const long long after_time;
  const std::string after_id;
};

// `id_column` is the conference's id in the table.
std::string Selection(const char* columns, const char* table, const char* id_column) {
  return std::string("SELECT ") + columns + " FROM " + table +
         " WHERE started_at >= :from AND started_at < :until "
         "AND (:all_tenants = 1 OR tenant_id = :tenant) "
         "AND (:all_conferences = 1 OR " +
         id_column +
         " = :conference) "
         "AND (started_at < :after_1 OR (started_at = :after_2 AND id < :after_id)) "
         "ORDER BY started_at DESC, id DESC LIMIT :rows";
}

template <typename Record>
std::vector<Record> Select(Transaction& transaction, const std::string& sql, const Bounds& bounds,
                           int rows_max, Record (*from_row)(const soci::row&)) {
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare << sql, soci::use(bounds.from), soci::use(bounds.until),
       soci::use(bounds.all_tenants), soci::use(bounds.tenant), soci::use(bounds.all_conferences),
       soci::use(bounds.conference), soci::use(bounds.after_time), soci::use(bounds.after_time),
       soci::use(bounds.after_id), soci::use(rows_max));
  std::vector<Record> records;
  for (const soci::row& row : rows) records.push_back(from_row(row));
  return records;
}

}  // namespace

void PutCallRecord(Transaction& transaction, const CallRecord& record, const RecordKeeper& keeper) {
  const std::string number = record.number ? record.number->e164() : "";
  const int is_withheld = record.is_withheld;
  const int was_called_out = record.was_called_out;
  const long long started_at = ToSql(record.started_at);
  Nullable<long long> answered_at = ToSql(record.answered_at);
  Nullable<long long> joined_at = ToSql(record.joined_at);
  Nullable<long long> ended_at = ToSql(record.ended_at);
  const bool has_end = record.ended_at && record.end;
  Nullable<std::string> ending =
      ToNullable(has_end, has_end ? std::string(NameOf(*record.end)) : std::string());
  const CallQuality quality = record.quality.value_or(CallQuality());
  const bool has_quality = record.quality.has_value();
  Nullable<int> mos = ToNullable(has_quality, static_cast<int>(std::lround(quality.mos * 1e3)));
  Nullable<int> loss =
      ToNullable(has_quality, static_cast<int>(std::lround(quality.loss_ratio * 1e6)));
  Nullable<long long> jitter =
      ToNullable<long long>(has_quality, absl::ToInt64Microseconds(quality.interarrival_jitter));
  Nullable<long long> round_trip =
      ToNullable<long long>(has_quality, absl::ToInt64Microseconds(quality.round_trip_time));
  const std::string speech = SpeechToText(record.speech, record.started_at);
  const std::string course = QualityToText(record.quality_course, record.started_at);
  const long long noted_at = ToSql(keeper.now);
  transaction.sql()
      << "INSERT INTO call_records (id, conference_id, tenant_id, number, name, access_number, "
         "is_withheld, was_called_out, started_at, answered_at, joined_at, ended_at, ending, "
         "mos_milli, loss_ppm, jitter_us, round_trip_us, speech, quality_course, owner, "
         "noted_at) VALUES (:id, "
         ":conference, :tenant, :number, :name, :access, :withheld, :called_out, :started, "
         ":answered, :joined, :ended, :ending, :mos, :loss, :jitter, :round_trip, "
         ":speech, :course, :owner, :noted) "
         "ON CONFLICT (id) DO UPDATE SET "
         "conference_id = CASE WHEN excluded.conference_id = '' THEN call_records.conference_id "
         "ELSE excluded.conference_id END, "
         "name = CASE WHEN excluded.name = '' THEN call_records.name ELSE excluded.name END, "
         "tenant_id = excluded.tenant_id, number = excluded.number, "
         "answered_at = COALESCE(excluded.answered_at, call_records.answered_at), "
         "joined_at = COALESCE(call_records.joined_at, excluded.joined_at), "
         "ended_at = excluded.ended_at, ending = excluded.ending, "
         "mos_milli = COALESCE(excluded.mos_milli, call_records.mos_milli), "
         "loss_ppm = COALESCE(excluded.loss_ppm, call_records.loss_ppm), "
         "jitter_us = COALESCE(excluded.jitter_us, call_records.jitter_us), "
         "round_trip_us = COALESCE(excluded.round_trip_us, call_records.round_trip_us), "
         "speech = CASE WHEN excluded.speech = '' THEN call_records.speech "
         "ELSE excluded.speech END, quality_course = CASE WHEN excluded.quality_course = '' "
         "THEN call_records.quality_course ELSE excluded.quality_course END, owner = "
         "excluded.owner, noted_at = excluded.noted_at "
         "WHERE call_records.ended_at IS NULL OR call_records.ending = 'lost' "
         "OR excluded.ended_at IS NOT NULL",
      soci::use(record.id), soci::use(record.conference_id), soci::use(record.tenant_id),
      soci::use(number), soci::use(record.name), soci::use(record.access_number),
      soci::use(is_withheld), soci::use(was_called_out), soci::use(started_at),
      soci::use(answered_at.value, answered_at.indicator),
      soci::use(joined_at.value, joined_at.indicator),
      soci::use(ended_at.value, ended_at.indicator), soci::use(ending.value, ending.indicator),
      soci::use(mos.value, mos.indicator), soci::use(loss.value, loss.indicator),
      soci::use(jitter.value, jitter.indicator), soci::use(round_trip.value, round_trip.indicator),
      soci::use(speech), soci::use(course), soci::use(keeper.owner), soci::use(noted_at);
}

void PutConferenceRecord(Transaction& transaction, const ConferenceRecord& record,
                         const RecordKeeper& keeper) {
  const long long started_at = ToSql(record.started_at);
  Nullable<long long> ended_at = ToSql(record.ended_at);
  const long long noted_at = ToSql(keeper.now);
  transaction.sql()
      << "INSERT INTO conference_records (id, room_number, tenant_id, started_at, ended_at, "
         "participants, participants_max, owner, noted_at) VALUES (:id, :room, :tenant, :started, "
         ":ended, 0, :max, :owner, :noted) ON CONFLICT (id) DO UPDATE SET "
         "started_at = CASE WHEN excluded.started_at < conference_records.started_at "
         "THEN excluded.started_at ELSE conference_records.started_at END, "
         "participants_max = CASE WHEN excluded.participants_max > "
         "conference_records.participants_max THEN excluded.participants_max "
         "ELSE conference_records.participants_max END, "
         "ended_at = excluded.ended_at, owner = excluded.owner, noted_at = excluded.noted_at",
      soci::use(record.id), soci::use(record.room_number), soci::use(record.tenant_id),
      soci::use(started_at), soci::use(ended_at.value, ended_at.indicator),
      soci::use(record.participants_max), soci::use(keeper.owner), soci::use(noted_at);
  transaction.sql() << "UPDATE conference_records SET participants = (SELECT COUNT(*) FROM "
                       "call_records WHERE conference_id = :conference) WHERE id = :id",
      soci::use(record.id), soci::use(record.id);
}

void TouchOpenRecords(Transaction& transaction, const RecordKeeper& keeper) {
  const long long now = ToSql(keeper.now);
  for (const char* table : {"call_records", "conference_records"}) {
    transaction.sql() << "UPDATE " << table
                      << " SET noted_at = :now WHERE ended_at IS NULL AND owner = :owner",
        soci::use(now), soci::use(keeper.owner);
  }
}

int CloseForsakenRecords(Transaction& transaction, absl::Time touched_before) {
  const long long before = ToSql(touched_before);
  soci::statement calls =
      (transaction.sql().prepare << "UPDATE call_records SET ended_at = noted_at, ending = 'lost' "
                                    "WHERE ended_at IS NULL AND noted_at < :before",
       soci::use(before));
  const int closed_calls = Execute(calls);
  soci::statement conferences =
      (transaction.sql().prepare
           << "UPDATE conference_records SET ended_at = noted_at, participants = "
              "(SELECT COUNT(*) FROM call_records WHERE conference_id = conference_records.id) "
              "WHERE ended_at IS NULL AND noted_at < :before",
       soci::use(before));
  return closed_calls + Execute(conferences);
}

int DeleteRecordsBefore(Transaction& transaction, absl::Time ended_before) {
  const long long before = ToSql(ended_before);
  int deleted = 0;
  for (const char* table : {"call_records", "conference_records"}) {
    soci::statement statement =
        (transaction.sql().prepare << "DELETE FROM " << table << " WHERE ended_at < :before",
         soci::use(before));
    deleted += Execute(statement);
  }
  return deleted;
}

std::vector<CallRecord> ListCallRecords(Transaction& transaction, const RecordFilter& filter,
                                        const std::optional<RecordPlace>& after, int rows_max) {
  return Select(transaction, Selection(kCallColumns, "call_records", "conference_id"),
                Bounds(filter, after), rows_max, &CallFromRow);
}

std::vector<ConferenceRecord> ListConferenceRecords(Transaction& transaction,
                                                    const RecordFilter& filter,
                                                    const std::optional<RecordPlace>& after,
                                                    int rows_max) {
  return Select(transaction, Selection(kConferenceColumns, "conference_records", "id"),
                Bounds(filter, after), rows_max, &ConferenceFromRow);
}

std::optional<ConferenceRecord> FindConferenceRecord(Transaction& transaction,
                                                     const std::string& id) {
  const std::vector<ConferenceRecord> found =
      ListConferenceRecords(transaction, {.conference_id = id}, std::nullopt, 1);
  if (found.empty()) return std::nullopt;
  return found.front();
}

std::vector<CallRecord> CallRecordsOf(Transaction& transaction, const PhoneNumber& number) {
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare << "SELECT " << kCallColumns
                                 << " FROM call_records WHERE number = :number "
                                    "ORDER BY started_at, id",
       soci::use(number.e164()));
  std::vector<CallRecord> records;
  for (const soci::row& row : rows) records.push_back(CallFromRow(row));
  return records;
}

int EraseNumber(Transaction& transaction, const PhoneNumber& number) {
  soci::statement erase =
      (transaction.sql().prepare
           << "UPDATE call_records SET number = '', name = '' WHERE number = :number",
       soci::use(number.e164()));
  return Execute(erase);
}

}  // namespace narada::control::storage
