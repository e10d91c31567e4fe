#include "control/storage/conference_recording_table.h"

#include <soci/soci.h>

#include <limits>

#include "control/storage/rows.h"

namespace narada::control::storage {
namespace {

constexpr char kColumns[] = "id, conference_id, tenant_id, mixer, started_at, ended_at, expires_at";

ConferenceRecordingRow FromRow(const soci::row& row) {
  return {.id = row.get<std::string>(0),
          .conference_id = row.get<std::string>(1),
          .tenant_id = row.get<std::string>(2),
          .mixer = row.get<std::string>(3),
          .started_at = TimeAt(row, 4),
          .ended_at = OptionalTimeAt(row, 5),
          .expires_at = OptionalTimeAt(row, 6),
          .tracks = {}};
}

void ReadTracks(Transaction& transaction, ConferenceRecordingRow& recording) {
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare << "SELECT track_id, call_id, size_bytes FROM "
                                    "conference_recording_tracks WHERE recording_id = :id "
                                    "ORDER BY track_id",
       soci::use(recording.id));
  for (const soci::row& row : rows) {
    recording.tracks.push_back({.id = row.get<std::string>(0),
                                .call_id = row.get<std::string>(1),
                                .size_bytes = row.get<long long>(2)});
  }
}

std::vector<ConferenceRecordingRow> Collect(Transaction& transaction,
                                            const soci::rowset<soci::row>& rows) {
  std::vector<ConferenceRecordingRow> recordings;
  for (const soci::row& row : rows) recordings.push_back(FromRow(row));
  for (ConferenceRecordingRow& recording : recordings) ReadTracks(transaction, recording);
  return recordings;
}

}  // namespace

void PutConferenceRecording(Transaction& transaction, const ConferenceRecordingRow& row) {
  DeleteConferenceRecording(transaction, row.id);
  const long long started_at = ToSql(row.started_at);
  Nullable<long long> ended_at = ToSql(row.ended_at);
  Nullable<long long> expires_at = ToSql(row.expires_at);
  transaction.sql() << "INSERT INTO conference_recordings (id, conference_id, tenant_id, mixer, "
                       "started_at, ended_at, expires_at) VALUES (:id, :conference, :tenant, "
                       ":mixer, :started, :ended, :expires)",
      soci::use(row.id), soci::use(row.conference_id), soci::use(row.tenant_id),
      soci::use(row.mixer), soci::use(started_at), soci::use(ended_at.value, ended_at.indicator),
      soci::use(expires_at.value, expires_at.indicator);
  for (const ConferenceRecordingRow::Track& track : row.tracks) {
    const long long size_bytes = track.size_bytes;
    transaction.sql() << "INSERT INTO conference_recording_tracks (recording_id, track_id, "
                         "call_id, size_bytes) VALUES (:recording, :track, :call, :size)",
        soci::use(row.id), soci::use(track.id), soci::use(track.call_id), soci::use(size_bytes);
  }
}

std::optional<ConferenceRecordingRow> FindConferenceRecording(Transaction& transaction,
                                                              const std::string& id) {
  soci::row row;
  transaction.sql() << "SELECT " << kColumns << " FROM conference_recordings WHERE id = :id",
      soci::use(id), soci::into(row);
  if (!transaction.sql().got_data()) return std::nullopt;
  ConferenceRecordingRow recording = FromRow(row);
  ReadTracks(transaction, recording);
  return recording;
}

void SetTrackSizes(Transaction& transaction, const std::string& recording_id,
                   const std::map<std::string, int64_t>& sizes) {
  for (const auto& [track, size] : sizes) {
    const long long size_bytes = size;
    transaction.sql() << "UPDATE conference_recording_tracks SET size_bytes = :size WHERE "
                         "recording_id = :recording AND track_id = :track",
        soci::use(size_bytes), soci::use(recording_id), soci::use(track);
  }
}

void DeleteConferenceRecording(Transaction& transaction, const std::string& id) {
  transaction.sql() << "DELETE FROM conference_recording_tracks WHERE recording_id = :id",
      soci::use(id);
  transaction.sql() << "DELETE FROM conference_recordings WHERE id = :id", soci::use(id);
}

std::vector<ConferenceRecordingRow> ListConferenceRecordings(
    Transaction& transaction, const std::optional<std::string>& tenant_id,
    const std::optional<std::string>& conference_id, const std::optional<RecordingPlace>& after,
    int rows_max) {
  const int all_tenants = tenant_id ? 0 : 1;
  const std::string tenant = tenant_id.value_or("");
  const int all_conferences = conference_id ? 0 : 1;
  const std::string conference = conference_id.value_or("");
  const long long after_time =
      after ? ToSql(after->started_at) : std::numeric_limits<long long>::max();
  const std::string after_id = after ? after->id : "";
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare
           << "SELECT " << kColumns
           << " FROM conference_recordings WHERE (:all_tenants = 1 OR tenant_id = :tenant) "
              "AND (:all_conferences = 1 OR conference_id = :conference) "
              "AND (started_at < :after_1 OR (started_at = :after_2 AND id < :after_id)) "
              "ORDER BY started_at DESC, id DESC LIMIT :rows",
       soci::use(all_tenants), soci::use(tenant), soci::use(all_conferences), soci::use(conference),
       soci::use(after_time), soci::use(after_time), soci::use(after_id), soci::use(rows_max));
  return Collect(transaction, rows);
}

std::vector<ConferenceRecordingRow> ListExpiredRecordings(Transaction& transaction, absl::Time now,
                                                          int rows_max) {
  const long long now_sql = ToSql(now);
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare << "SELECT " << kColumns
                                 << " FROM conference_recordings WHERE ended_at IS NOT NULL AND "
                                    "expires_at <= :now ORDER BY expires_at, id LIMIT :rows",
       soci::use(now_sql), soci::use(rows_max));
  return Collect(transaction, rows);
}

std::vector<ConferenceRecordingRow> ConferenceRecordingsWith(Transaction& transaction,
                                                             const PhoneNumber& number) {
  // A recording has the mix at least, in which everybody of the conference can be heard.
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare << "SELECT " << kColumns
                                 << " FROM conference_recordings WHERE conference_id IN (SELECT "
                                    "conference_id FROM call_records WHERE number = :number AND "
                                    "conference_id <> '') ORDER BY started_at, id",
       soci::use(number.e164()));
  return Collect(transaction, rows);
}

}  // namespace narada::control::storage
