#include "control/storage/audit_table.h"

#include <soci/soci.h>

#include <limits>

#include "control/storage/rows.h"

namespace narada::control::storage {

void InsertAudit(Transaction& transaction, const AuditRow& row) {
  const long long at = ToSql(row.at);
  transaction.sql() << "INSERT INTO audit (id, at, conference_id, tenant_id, capacity, actor, "
                       "channel, command, detail, outcome) VALUES (:id, :at, :conference, "
                       ":tenant, :capacity, :actor, :channel, :command, :detail, :outcome)",
      soci::use(row.id), soci::use(at), soci::use(row.conference_id), soci::use(row.tenant_id),
      soci::use(row.capacity), soci::use(row.actor), soci::use(row.channel), soci::use(row.command),
      soci::use(row.detail), soci::use(row.outcome);
}

std::vector<AuditRow> ListAudit(Transaction& transaction,
                                const std::optional<std::string>& tenant_id,
                                const std::optional<std::string>& conference_id,
                                const std::optional<AuditPlace>& after, int rows_max) {
  const int all_tenants = !tenant_id.has_value(), all_conferences = !conference_id.has_value();
  const std::string tenant = tenant_id.value_or(""), conference = conference_id.value_or("");
  const long long at = after ? ToSql(after->at) : std::numeric_limits<long long>::max();
  const std::string id = after ? after->id : "";
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare
           << "SELECT id, at, conference_id, tenant_id, capacity, actor, channel, command, detail, "
              "outcome FROM audit WHERE (:all_tenants = 1 OR tenant_id = :tenant) AND "
              "(:all_conferences = 1 OR conference_id = :conference) AND "
              "(at < :at OR (at = :same_at AND id < :id)) ORDER BY at DESC, id DESC LIMIT :max",
       soci::use(all_tenants), soci::use(tenant), soci::use(all_conferences), soci::use(conference),
       soci::use(at), soci::use(at), soci::use(id), soci::use(rows_max));
  std::vector<AuditRow> audit;
  for (const soci::row& row : rows) {
    audit.push_back({.id = row.get<std::string>(0),
                     .at = TimeAt(row, 1),
                     .conference_id = row.get<std::string>(2),
                     .tenant_id = row.get<std::string>(3),
                     .capacity = row.get<std::string>(4),
                     .actor = row.get<std::string>(5),
                     .channel = row.get<std::string>(6),
                     .command = row.get<std::string>(7),
                     .detail = row.get<std::string>(8),
                     .outcome = row.get<std::string>(9)});
  }
  return audit;
}

void DeleteAuditBefore(Transaction& transaction, absl::Time before) {
  const long long at = ToSql(before);
  transaction.sql() << "DELETE FROM audit WHERE at < :before", soci::use(at);
}

}  // namespace narada::control::storage
