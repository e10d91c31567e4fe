#include "control/web/sessions.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "base/log.h"
#include "base/status.h"
#include "control/storage/session_table.h"

namespace narada::control::web {
namespace {

using storage::SessionRow;
using storage::Transaction;

constexpr size_t kTokenBytes = 32;

absl::Status NotLoggedIn() {
  return ErrorWithReason(absl::StatusCode::kUnauthenticated, "NOT_LOGGED_IN", "log in first");
}

}  // namespace

std::string RoleName(RequesterRole role) {
  switch (role) {
    case RequesterRole::kModerator:
      return "moderator";
    case RequesterRole::kTenantManager:
      return "manager";
    case RequesterRole::kOperator:
      return "operator";
  }
  return "";
}

std::string Sessions::Mac(const std::string& token) const {
  return secrets_.Mac("web-session", {token});
}

absl::StatusOr<Session> Sessions::Begin(const Requester& requester) {
  std::array<uint8_t, kTokenBytes> bytes;
  random_.Fill(bytes);
  const std::string token =
      absl::BytesToHexString({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const absl::Time now = clock_.Now();
  const SessionRow row{.token_mac = Mac(token),
                       .user_name = requester.user_name,
                       .role = RoleName(requester.role),
                       .tenant_id = requester.tenant_id,
                       .conference_id = requester.conference_id,
                       .created_at = now,
                       .expires_at = now + kSessionMax};
  RETURN_IF_ERROR(database_.Run([&](Transaction& transaction) {
    storage::InsertSession(transaction, row);
    return absl::OkStatus();
  }));
  return Session{token, secrets_.Mac("web-csrf", {token}), requester};
}

absl::StatusOr<Session> Sessions::Find(const std::string& token) {
  if (token.size() != 2 * kTokenBytes) return NotLoggedIn();
  const std::string mac = Mac(token);
  ASSIGN_OR_RETURN(
      const std::optional<SessionRow> row,
      database_.Query<std::optional<SessionRow>>([&](Transaction& transaction) {
        return absl::StatusOr<std::optional<SessionRow>>(storage::FindSession(transaction, mac));
      }));
  if (!row || row->expires_at <= clock_.Now()) return NotLoggedIn();
  for (const RequesterRole role :
       {RequesterRole::kModerator, RequesterRole::kTenantManager, RequesterRole::kOperator}) {
    if (RoleName(role) != row->role) continue;
    return Session{token, secrets_.Mac("web-csrf", {token}),
                   Requester{.role = role,
                             .user_name = row->user_name,
                             .tenant_id = row->tenant_id,
                             .conference_id = row->conference_id}};
  }
  return NotLoggedIn();
}

absl::Status Sessions::End(const std::string& token) {
  return database_.Run([mac = Mac(token)](Transaction& transaction) {
    storage::DeleteSession(transaction, mac);
    return absl::OkStatus();
  });
}

void Sessions::RemoveOld() {
  database_.Submit(
      [now = clock_.Now()](Transaction& transaction) {
        storage::DeleteSessionsBefore(transaction, now);
        return absl::OkStatus();
      },
      [](absl::Status status) {
        if (!status.ok()) LOG_WARNING("old sessions were not removed: {}", status);
      });
}

}  // namespace narada::control::web
