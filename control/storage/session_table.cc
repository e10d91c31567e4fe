#include "control/storage/session_table.h"

#include <soci/soci.h>

#include "control/storage/rows.h"

namespace narada::control::storage {

void InsertSession(Transaction& transaction, const SessionRow& row) {
  const long long created_at = ToSql(row.created_at);
  const long long expires_at = ToSql(row.expires_at);
  transaction.sql() << "INSERT INTO web_sessions (token_mac, user_name, role, tenant_id, "
                       "conference_id, created_at, expires_at) VALUES (:token, :name, :role, "
                       ":tenant, :conference, :created, :expires)",
      soci::use(row.token_mac), soci::use(row.user_name), soci::use(row.role),
      soci::use(row.tenant_id), soci::use(row.conference_id), soci::use(created_at),
      soci::use(expires_at);
}

std::optional<SessionRow> FindSession(Transaction& transaction, const std::string& token_mac) {
  soci::row row;
  transaction.sql() << "SELECT user_name, role, tenant_id, conference_id, created_at, expires_at "
                       "FROM web_sessions WHERE token_mac = :token",
      soci::use(token_mac), soci::into(row);
  if (!transaction.sql().got_data()) return std::nullopt;
  return SessionRow{.token_mac = token_mac,
                    .user_name = row.get<std::string>(0),
                    .role = row.get<std::string>(1),
                    .tenant_id = row.get<std::string>(2),
                    .conference_id = row.get<std::string>(3),
                    .created_at = TimeAt(row, 4),
                    .expires_at = TimeAt(row, 5)};
}

void DeleteSession(Transaction& transaction, const std::string& token_mac) {
  transaction.sql() << "DELETE FROM web_sessions WHERE token_mac = :token", soci::use(token_mac);
}

void DeleteSessionsOf(Transaction& transaction, const std::string& user_name) {
  transaction.sql() << "DELETE FROM web_sessions WHERE user_name = :name AND conference_id = ''",
      soci::use(user_name);
}

void DeleteSessionsBefore(Transaction& transaction, absl::Time expired_before) {
  const long long before = ToSql(expired_before);
  transaction.sql() << "DELETE FROM web_sessions WHERE expires_at < :before", soci::use(before);
}

}  // namespace narada::control::storage
