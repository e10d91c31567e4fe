#include "control/storage/replica_table.h"

#include <soci/soci.h>

namespace narada::control::storage {
namespace {

ReplicaRow FromRow(const soci::row& row) {
  return {.id = row.get<std::string>(0),
          .address = row.get<std::string>(1),
          .beat = row.get<long long>(2)};
}

}  // namespace

bool BeatReplica(Transaction& transaction, const std::string& id) {
  soci::statement beat =
      (transaction.sql().prepare << "UPDATE replicas SET beat = beat + 1 WHERE id = :id",
       soci::use(id));
  beat.execute(true);
  return beat.get_affected_rows() == 1;
}

void InsertReplica(Transaction& transaction, const ReplicaRow& row) {
  const long long beat = row.beat;
  transaction.sql() << "INSERT INTO replicas (id, address, beat) VALUES (:id, :address, :beat)",
      soci::use(row.id), soci::use(row.address), soci::use(beat);
}

std::vector<ReplicaRow> ListReplicas(Transaction& transaction) {
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare << "SELECT id, address, beat FROM replicas ORDER BY id");
  std::vector<ReplicaRow> result;
  for (const soci::row& row : rows) result.push_back(FromRow(row));
  return result;
}

bool RemoveReplica(Transaction& transaction, const std::string& id, int64_t beat) {
  const long long beat_sql = beat;
  soci::statement remove =
      (transaction.sql().prepare << "DELETE FROM replicas WHERE id = :id AND beat = :beat",
       soci::use(id), soci::use(beat_sql));
  remove.execute(true);
  return remove.get_affected_rows() == 1;
}

ReplicaRow ClaimConference(Transaction& transaction, const std::string& conference_key,
                           const std::string& replica_id) {
  if (const auto leader = FindConferenceLeader(transaction, conference_key)) return *leader;
  transaction.sql() << "INSERT INTO conference_leases (conference_key, replica_id) "
                       "VALUES (:key, :replica)",
      soci::use(conference_key), soci::use(replica_id);
  return {.id = replica_id};
}

std::optional<ReplicaRow> FindConferenceLeader(Transaction& transaction,
                                               const std::string& conference_key) {
  soci::row row;
  transaction.sql() << "SELECT r.id, r.address, r.beat FROM conference_leases l "
                       "JOIN replicas r ON r.id = l.replica_id WHERE l.conference_key = :key",
      soci::use(conference_key), soci::into(row);
  if (!transaction.sql().got_data()) return std::nullopt;
  return FromRow(row);
}

void ReleaseConference(Transaction& transaction, const std::string& conference_key,
                       const std::string& replica_id) {
  transaction.sql() << "DELETE FROM conference_leases WHERE conference_key = :key AND "
                       "replica_id = :replica",
      soci::use(conference_key), soci::use(replica_id);
}

}  // namespace narada::control::storage
