#include "control/storage/call_table.h"

#include <soci/soci.h>

#include "control/storage/rows.h"

namespace narada::control::storage {

void PutCall(Transaction& transaction, const CallRow& row) {
  DeleteCall(transaction, row.id);
  const long long started_at = ToSql(row.started_at);
  const long long joined_at = ToSql(row.joined_at);
  const int is_muted = row.is_muted ? 1 : 0;
  transaction.sql()
      << "INSERT INTO calls (id, gateway, gateway_call_id, caller_number, access_number, language, "
         "reservation_id, mixer, mixer_room, leg, started_at, joined_at, is_muted) VALUES (:id, "
         ":gateway, :gateway_call, :caller, :access, :language, :reservation, :mixer, :room, :leg, "
         ":started, :joined, :muted)",
      soci::use(row.id), soci::use(row.gateway), soci::use(row.gateway_call_id),
      soci::use(row.caller_number), soci::use(row.access_number), soci::use(row.language),
      soci::use(row.reservation_id), soci::use(row.mixer), soci::use(row.mixer_room),
      soci::use(row.leg), soci::use(started_at), soci::use(joined_at), soci::use(is_muted);
}

void DeleteCall(Transaction& transaction, const std::string& id) {
  transaction.sql() << "DELETE FROM calls WHERE id = :id", soci::use(id);
}

std::vector<CallRow> ListCalls(Transaction& transaction) {
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare
       << "SELECT id, gateway, gateway_call_id, caller_number, access_number, language, "
          "reservation_id, mixer, mixer_room, leg, started_at, joined_at, is_muted FROM calls "
          "ORDER BY joined_at, id");
  std::vector<CallRow> result;
  for (const soci::row& row : rows) {
    result.push_back({.id = row.get<std::string>(0),
                      .gateway = row.get<std::string>(1),
                      .gateway_call_id = row.get<std::string>(2),
                      .caller_number = row.get<std::string>(3),
                      .access_number = row.get<std::string>(4),
                      .language = row.get<std::string>(5),
                      .reservation_id = row.get<std::string>(6),
                      .mixer = row.get<std::string>(7),
                      .mixer_room = row.get<std::string>(8),
                      .leg = row.get<std::string>(9),
                      .started_at = TimeAt(row, 10),
                      .joined_at = TimeAt(row, 11),
                      .is_muted = row.get<int>(12) != 0});
  }
  return result;
}

}  // namespace narada::control::storage
