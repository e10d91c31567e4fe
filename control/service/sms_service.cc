#include "control/service/sms_service.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/service/convert.h"
#include "control/storage/message_table.h"

namespace narada::control::service {
namespace {

using storage::MessageRow;
using storage::Transaction;

v1::Sms ToProto(const MessageRow& row) {
  v1::Sms proto;
  proto.set_sms_id(row.id);
  proto.set_to_number(row.recipient);
  proto.set_from(row.sender);
  proto.set_state(service::ToProto(row.state));
  proto.set_attempts(row.attempts);
  SetTime(row.created_at, *proto.mutable_create_time());
  if (row.sent_at) SetTime(*row.sent_at, *proto.mutable_send_time());
  proto.set_dispatcher("spool");
  if (row.provider_id) proto.add_message_ids(*row.provider_id);
  if (row.last_error) proto.set_failure(*row.last_error);
  return proto;
}

}  // namespace

grpc::Status SmsService::GetSms(grpc::ServerContext*, const v1::GetSmsRequest* request,
                                v1::GetSmsResponse* response) {
  const auto row =
      database_.Query<MessageRow>([&](Transaction& transaction) -> absl::StatusOr<MessageRow> {
        std::optional<MessageRow> found = storage::FindMessage(transaction, request->sms_id());
        if (found) return *std::move(found);
        return ErrorWithReason(absl::StatusCode::kNotFound, "SMS_UNKNOWN", "no such message");
      });
  if (!row.ok()) return ToGrpcStatus(row.status());
  *response->mutable_sms() = ToProto(*row);
  return grpc::Status::OK;
}

grpc::Status SmsService::ListSms(grpc::ServerContext*, const v1::ListSmsRequest* request,
                                 v1::ListSmsResponse* response) {
  const absl::StatusOr<int> page_size = PageSize(request->page_size());
  if (!page_size.ok()) return ToGrpcStatus(page_size.status());
  std::optional<storage::MessagePlace> after;
  if (!request->page_token().empty()) {
    const absl::StatusOr<PagePlace> place = FromPageToken(request->page_token());
    if (!place.ok()) return ToGrpcStatus(place.status());
    after = {place->created_at, place->id};
  }
  while (response->messages_size() < *page_size) {
    const auto rows = database_.Query<std::vector<MessageRow>>([&](Transaction& transaction) {
      return absl::StatusOr<std::vector<MessageRow>>(
          storage::ListMessages(transaction, after, *page_size));
    });
    if (!rows.ok()) return ToGrpcStatus(rows.status());
    for (const MessageRow& row : *rows) {
      if (response->messages_size() == *page_size) break;
      after = {row.created_at, row.id};
      v1::Sms proto = ToProto(row);
      const bool is_wished =
          request->state() == v1::SMS_STATE_UNSPECIFIED || request->state() == proto.state();
      if (is_wished) *response->add_messages() = std::move(proto);
    }
    if (static_cast<int>(rows->size()) < *page_size) return grpc::Status::OK;
  }
  response->set_next_page_token(ToPageToken({after->created_at, after->id}));
  return grpc::Status::OK;
}

}  // namespace narada::control::service
