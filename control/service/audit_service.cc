#include "control/service/audit_service.h"

#include <optional>
#include <string>
#include <vector>

#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/service/convert.h"
#include "control/service/requester.h"
#include "control/storage/audit_table.h"

namespace narada::control::service {
namespace {

using storage::AuditRow;
using storage::Transaction;

std::optional<std::string> UnlessEmpty(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

v1::AuditEntry ToProto(const AuditRow& row) {
  v1::AuditEntry proto;
  proto.set_audit_entry_id(row.id);
  SetTime(row.at, *proto.mutable_time());
  proto.set_conference_id(row.conference_id);
  proto.set_tenant_id(row.tenant_id);
  proto.set_capacity(row.capacity);
  proto.set_actor(row.actor);
  proto.set_channel(row.channel);
  proto.set_command(row.command);
  proto.set_detail(row.detail);
  proto.set_outcome(row.outcome);
  return proto;
}

}  // namespace

grpc::Status AuditService::ListAuditEntries(grpc::ServerContext* context,
                                            const v1::ListAuditEntriesRequest* request,
                                            v1::ListAuditEntriesResponse* response) {
  const Requester requester = RequesterOf(*context);
  std::optional<std::string> tenant = UnlessEmpty(request->tenant_id());
  if (!requester.IsOperator()) {
    const bool is_manager = requester.role == RequesterRole::kTenantManager;
    if (!is_manager || requester.tenant_id.empty()) {
      return ToGrpcStatus(ErrorWithReason(absl::StatusCode::kPermissionDenied, "NOT_MANAGER",
                                          "the audit log is for managers and operators"));
    }
    tenant = requester.tenant_id;
  }
  const absl::StatusOr<int> page_size = PageSize(request->page_size());
  if (!page_size.ok()) return ToGrpcStatus(page_size.status());
  std::optional<storage::AuditPlace> after;
  if (!request->page_token().empty()) {
    const absl::StatusOr<PagePlace> place = FromPageToken(request->page_token());
    if (!place.ok()) return ToGrpcStatus(place.status());
    after = {place->created_at, place->id};
  }
  const auto rows = database_.Query<std::vector<AuditRow>>([&](Transaction& transaction) {
    return absl::StatusOr<std::vector<AuditRow>>(storage::ListAudit(
        transaction, tenant, UnlessEmpty(request->conference_id()), after, *page_size));
  });
  if (!rows.ok()) return ToGrpcStatus(rows.status());
  for (const AuditRow& row : *rows) *response->add_entries() = ToProto(row);
  if (static_cast<int>(rows->size()) == *page_size) {
    response->set_next_page_token(ToPageToken({rows->back().at, rows->back().id}));
  }
  return grpc::Status::OK;
}

}  // namespace narada::control::service
