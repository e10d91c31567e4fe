#include "control/service/account_service.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "base/log.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/model/requester.h"
#include "control/service/account_convert.h"
#include "control/service/convert.h"
#include "control/service/requester.h"
#include "control/storage/await.h"

namespace narada::control::service {
namespace {

using accounts::RoomWithPins;
using storage::Await;

constexpr size_t kRequestIdBytesMax = 128;

absl::Status NotOperator() {
  return ErrorWithReason(absl::StatusCode::kPermissionDenied, "NOT_OPERATOR",
                         "this is for operators, or for the tenant's own managers");
}

absl::Status MustBeOperator(const grpc::ServerContext& context) {
  return RequesterOf(context).IsOperator() ? absl::OkStatus() : NotOperator();
}

// Who logged in by a conference's PIN sees no accounts at all.
bool IsOf(const Requester& requester, const std::string& tenant_id) {
  return requester.conference_id.empty() && !requester.tenant_id.empty() &&
         requester.tenant_id == tenant_id;
}

absl::Status MustSee(const grpc::ServerContext& context, const std::string& tenant_id) {
  const Requester requester = RequesterOf(context);
  return requester.IsOperator() || IsOf(requester, tenant_id) ? absl::OkStatus() : NotOperator();
}

absl::Status MustManage(const grpc::ServerContext& context, const std::string& tenant_id) {
  const Requester requester = RequesterOf(context);
  const bool is_manager = requester.role == RequesterRole::kTenantManager;
  return requester.IsOperator() || (is_manager && IsOf(requester, tenant_id)) ? absl::OkStatus()
                                                                              : NotOperator();
}

absl::Status CheckRequestId(const std::string& request_id) {
  if (request_id.size() <= kRequestIdBytesMax) return absl::OkStatus();
  return InvalidField("request_id", "FIELD_INVALID", "request_id has at most 128 bytes");
}

absl::Status AwaitStatus(absl::FunctionRef<void(absl::AnyInvocable<void(absl::Status)>)> start) {
  absl::Notification answered;
  absl::Status answer;
  start([&](absl::Status status) {
    answer = std::move(status);
    answered.Notify();
  });
  answered.WaitForNotification();
  return answer;
}

// Which page is asked for: how many, behind which id.
struct Page {
  int size = 0;
  std::string after;
};
template <typename Request>
absl::StatusOr<Page> PageOf(const Request& request) {
  Page page;
  ASSIGN_OR_RETURN(page.size, PageSize(request.page_size()));
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(PagePlace place, FromPageToken(request.page_token()));
    page.after = std::move(place.id);
  }
  return page;
}
// Lists are in the order of ids, so a place needs no time.
std::string TokenBehind(const std::string& id) { return ToPageToken({absl::UnixEpoch(), id}); }

std::optional<std::string> Filter(const std::string& tenant_id) {
  if (tenant_id.empty()) return std::nullopt;
  return tenant_id;
}

}  // namespace

void AccountService::RefreshNumbers() {
  const absl::Status refreshed = AwaitStatus([&](auto done) { numbers_.Refresh(std::move(done)); });
  if (!refreshed.ok()) LOG_WARNING("the access numbers could not be read anew: {}", refreshed);
}

// ---- Tenants ------------------------------------------------------------------------------

#define NARADA_RETURN_IF_ERROR(expression) \
  if (const absl::Status status = (expression); !status.ok()) return ToGrpcStatus(status)

grpc::Status AccountService::CreateTenant(grpc::ServerContext* context,
                                          const v1::CreateTenantRequest* request,
                                          v1::CreateTenantResponse* response) {
  NARADA_RETURN_IF_ERROR(MustBeOperator(*context));
  NARADA_RETURN_IF_ERROR(CheckRequestId(request->request_id()));
  absl::StatusOr<Tenant> tenant = FromProto(request->tenant());
  if (!tenant.ok()) return ToGrpcStatus(tenant.status());
  const auto made = Await<Tenant>([&](auto done) {
    accounts_.CreateTenant(request->request_id(), *std::move(tenant), std::move(done));
  });
  if (!made.ok()) return ToGrpcStatus(made.status());
  *response->mutable_tenant() = ToProto(*made);
  RefreshNumbers();
  return grpc::Status::OK;
}

grpc::Status AccountService::GetTenant(grpc::ServerContext* context,
                                       const v1::GetTenantRequest* request,
                                       v1::GetTenantResponse* response) {
  NARADA_RETURN_IF_ERROR(MustSee(*context, request->tenant_id()));
  const auto tenant =
      Await<Tenant>([&](auto done) { accounts_.GetTenant(request->tenant_id(), std::move(done)); });
  if (!tenant.ok()) return ToGrpcStatus(tenant.status());
  *response->mutable_tenant() = ToProto(*tenant);
  return grpc::Status::OK;
}

grpc::Status AccountService::ListTenants(grpc::ServerContext* context,
                                         const v1::ListTenantsRequest* request,
                                         v1::ListTenantsResponse* response) {
  NARADA_RETURN_IF_ERROR(MustBeOperator(*context));
  const absl::StatusOr<Page> page = PageOf(*request);
  if (!page.ok()) return ToGrpcStatus(page.status());
  const auto tenants = Await<std::vector<Tenant>>(
      [&](auto done) { accounts_.ListTenants(page->after, page->size, std::move(done)); });
  if (!tenants.ok()) return ToGrpcStatus(tenants.status());
  for (const Tenant& tenant : *tenants) *response->add_tenants() = ToProto(tenant);
  if (static_cast<int>(tenants->size()) == page->size) {
    response->set_next_page_token(TokenBehind(tenants->back().id));
  }
  return grpc::Status::OK;
}

grpc::Status AccountService::UpdateTenant(grpc::ServerContext* context,
                                          const v1::UpdateTenantRequest* request,
                                          v1::UpdateTenantResponse* response) {
  const std::string& id = request->tenant().tenant_id();
  NARADA_RETURN_IF_ERROR(MustManage(*context, id));
  std::vector<std::string> changeable = {"display_name", "languages", "prompt_set",
                                         "sms_templates"};
  if (RequesterOf(*context).IsOperator()) changeable.push_back("limits");
  const auto change = [&](Tenant& tenant) -> absl::Status {
    v1::Tenant proto = ToProto(tenant);
    RETURN_IF_ERROR(MergeByMask(request->update_mask(), changeable, request->tenant(), proto));
    ASSIGN_OR_RETURN(tenant, FromProto(proto));
    return absl::OkStatus();
  };
  const auto tenant =
      Await<Tenant>([&](auto done) { accounts_.UpdateTenant(id, change, std::move(done)); });
  if (!tenant.ok()) return ToGrpcStatus(tenant.status());
  *response->mutable_tenant() = ToProto(*tenant);
  RefreshNumbers();
  return grpc::Status::OK;
}

grpc::Status AccountService::DeleteTenant(grpc::ServerContext* context,
                                          const v1::DeleteTenantRequest* request,
                                          v1::DeleteTenantResponse*) {
  NARADA_RETURN_IF_ERROR(MustBeOperator(*context));
  NARADA_RETURN_IF_ERROR(AwaitStatus(
      [&](auto done) { accounts_.DeleteTenant(request->tenant_id(), std::move(done)); }));
  return grpc::Status::OK;
}

// ---- Permanent rooms ----------------------------------------------------------------------

grpc::Status AccountService::CreatePermanentRoom(grpc::ServerContext* context,
                                                 const v1::CreatePermanentRoomRequest* request,
                                                 v1::CreatePermanentRoomResponse* response) {
  NARADA_RETURN_IF_ERROR(MustManage(*context, request->permanent_room().tenant_id()));
  NARADA_RETURN_IF_ERROR(CheckRequestId(request->request_id()));
  auto room = NewRoomFromProto(request->permanent_room());
  if (!room.ok()) return ToGrpcStatus(room.status());
  const auto made = Await<RoomWithPins>([&](auto done) {
    accounts_.CreatePermanentRoom(request->request_id(), *std::move(room), std::move(done));
  });
  if (!made.ok()) return ToGrpcStatus(made.status());
  *response->mutable_permanent_room() = ToProto(*made);
  RefreshNumbers();  // Its number may be the longest.
  return grpc::Status::OK;
}

grpc::Status AccountService::GetPermanentRoom(grpc::ServerContext* context,
                                              const v1::GetPermanentRoomRequest* request,
                                              v1::GetPermanentRoomResponse* response) {
  const auto room = Await<PermanentRoom>([&](auto done) {
    accounts_.GetPermanentRoom(request->permanent_room_id(), std::move(done));
  });
  // Whose it is comes first: others are not told whether there is one.
  NARADA_RETURN_IF_ERROR(MustSee(*context, room.ok() ? room->tenant_id : ""));
  if (!room.ok()) return ToGrpcStatus(room.status());
  *response->mutable_permanent_room() = ToProto(*room);
  return grpc::Status::OK;
}

grpc::Status AccountService::ListPermanentRooms(grpc::ServerContext* context,
                                                const v1::ListPermanentRoomsRequest* request,
                                                v1::ListPermanentRoomsResponse* response) {
  NARADA_RETURN_IF_ERROR(MustSee(*context, request->tenant_id()));
  const absl::StatusOr<Page> page = PageOf(*request);
  if (!page.ok()) return ToGrpcStatus(page.status());
  const auto rooms = Await<std::vector<PermanentRoom>>([&](auto done) {
    accounts_.ListPermanentRooms(request->tenant_id(), page->after, page->size, std::move(done));
  });
  if (!rooms.ok()) return ToGrpcStatus(rooms.status());
  for (const PermanentRoom& room : *rooms) *response->add_permanent_rooms() = ToProto(room);
  if (static_cast<int>(rooms->size()) == page->size) {
    response->set_next_page_token(TokenBehind(rooms->back().id));
  }
  return grpc::Status::OK;
}

namespace {

// OK if the requester manages the room's tenant; the same error for a room that there is not.
absl::Status MustManageRoom(const grpc::ServerContext& context, accounts::Accounts& accounts,
                            const std::string& id) {
  const auto room =
      Await<PermanentRoom>([&](auto done) { accounts.GetPermanentRoom(id, std::move(done)); });
  RETURN_IF_ERROR(MustManage(context, room.ok() ? room->tenant_id : ""));
  return room.status();
}

}  // namespace

grpc::Status AccountService::UpdatePermanentRoom(grpc::ServerContext* context,
                                                 const v1::UpdatePermanentRoomRequest* request,
                                                 v1::UpdatePermanentRoomResponse* response) {
  const std::string& id = request->permanent_room().permanent_room_id();
  NARADA_RETURN_IF_ERROR(MustManageRoom(*context, accounts_, id));
  const auto old =
      Await<PermanentRoom>([&](auto done) { accounts_.GetPermanentRoom(id, std::move(done)); });
  if (!old.ok()) return ToGrpcStatus(old.status());
  const auto change = [&](PermanentRoomSettings& settings) -> absl::Status {
    PermanentRoom changed = *old;
    changed.settings = settings;
    v1::PermanentRoom proto = ToProto(changed);
    RETURN_IF_ERROR(MergeByMask(request->update_mask(),
                                {"display_name", "wait_for_moderator", "end_without_moderator",
                                 "announce_by_name", "participants_max", "lecture"},
                                request->permanent_room(), proto));
    ASSIGN_OR_RETURN(settings, SettingsFromProto(proto));
    return absl::OkStatus();
  };
  const auto room = Await<PermanentRoom>(
      [&](auto done) { accounts_.UpdatePermanentRoom(id, change, std::move(done)); });
  if (!room.ok()) return ToGrpcStatus(room.status());
  *response->mutable_permanent_room() = ToProto(*room);
  return grpc::Status::OK;
}

grpc::Status AccountService::DeletePermanentRoom(grpc::ServerContext* context,
                                                 const v1::DeletePermanentRoomRequest* request,
                                                 v1::DeletePermanentRoomResponse*) {
  const std::string& id = request->permanent_room_id();
  NARADA_RETURN_IF_ERROR(MustManageRoom(*context, accounts_, id));
  NARADA_RETURN_IF_ERROR(
      AwaitStatus([&](auto done) { accounts_.DeletePermanentRoom(id, std::move(done)); }));
  return grpc::Status::OK;
}

grpc::Status AccountService::RotatePins(grpc::ServerContext* context,
                                        const v1::RotatePinsRequest* request,
                                        v1::RotatePinsResponse* response) {
  const std::string& id = request->permanent_room_id();
  NARADA_RETURN_IF_ERROR(MustManageRoom(*context, accounts_, id));
  const auto rotated =
      Await<RoomWithPins>([&](auto done) { accounts_.RotatePins(id, std::move(done)); });
  if (!rotated.ok()) return ToGrpcStatus(rotated.status());
  *response->mutable_permanent_room() = ToProto(*rotated);
  return grpc::Status::OK;
}

// ---- Access numbers -----------------------------------------------------------------------

grpc::Status AccountService::PutAccessNumber(grpc::ServerContext* context,
                                             const v1::PutAccessNumberRequest* request,
                                             v1::PutAccessNumberResponse* response) {
  NARADA_RETURN_IF_ERROR(MustBeOperator(*context));
  absl::StatusOr<AccessNumber> number = FromProto(request->access_number());
  if (!number.ok()) return ToGrpcStatus(number.status());
  const auto put = Await<AccessNumber>(
      [&](auto done) { accounts_.PutAccessNumber(*std::move(number), std::move(done)); });
  if (!put.ok()) return ToGrpcStatus(put.status());
  *response->mutable_access_number() = ToProto(*put);
  RefreshNumbers();
  return grpc::Status::OK;
}

grpc::Status AccountService::ListAccessNumbers(grpc::ServerContext* context,
                                               const v1::ListAccessNumbersRequest* request,
                                               v1::ListAccessNumbersResponse* response) {
  NARADA_RETURN_IF_ERROR(MustSee(*context, request->tenant_id()));
  const absl::StatusOr<Page> page = PageOf(*request);
  if (!page.ok()) return ToGrpcStatus(page.status());
  // Those of the configuration file, too: they are answered like the others.
  const std::vector<AccessNumber> numbers =
      numbers_.Page(Filter(request->tenant_id()), page->after, page->size);
  for (const AccessNumber& number : numbers) {
    *response->add_access_numbers() = ToProto(number);
  }
  if (static_cast<int>(numbers.size()) == page->size) {
    response->set_next_page_token(TokenBehind(numbers.back().number.e164()));
  }
  return grpc::Status::OK;
}

grpc::Status AccountService::DeleteAccessNumber(grpc::ServerContext* context,
                                                const v1::DeleteAccessNumberRequest* request,
                                                v1::DeleteAccessNumberResponse*) {
  NARADA_RETURN_IF_ERROR(MustBeOperator(*context));
  std::optional<PhoneNumber> number = PhoneNumber::FromE164(request->number());
  if (!number) {
    return ToGrpcStatus(InvalidField("number", "FIELD_INVALID", "number must be E.164 with \"+\""));
  }
  NARADA_RETURN_IF_ERROR(AwaitStatus(
      [&](auto done) { accounts_.DeleteAccessNumber(*std::move(number), std::move(done)); }));
  RefreshNumbers();
  return grpc::Status::OK;
}

// ---- Users --------------------------------------------------------------------------------

grpc::Status AccountService::PutUser(grpc::ServerContext* context,
                                     const v1::PutUserRequest* request,
                                     v1::PutUserResponse* response) {
  absl::StatusOr<User> user = FromProto(request->user());
  NARADA_RETURN_IF_ERROR(MustManage(*context, user.ok() ? user->tenant_id : ""));
  if (!user.ok()) return ToGrpcStatus(user.status());
  // A manager may not take somebody else's name over into the own tenant.
  if (!RequesterOf(*context).IsOperator()) {
    const auto known =
        Await<User>([&](auto done) { accounts_.GetUser(user->name, std::move(done)); });
    if (known.ok()) NARADA_RETURN_IF_ERROR(MustManage(*context, known->tenant_id));
  }
  std::optional<std::string> password;
  if (!request->user().password().empty()) password = request->user().password();
  const auto put = Await<User>([&](auto done) {
    accounts_.PutUser(*std::move(user), std::move(password), std::move(done));
  });
  if (!put.ok()) return ToGrpcStatus(put.status());
  *response->mutable_user() = ToProto(*put);
  return grpc::Status::OK;
}

grpc::Status AccountService::ListUsers(grpc::ServerContext* context,
                                       const v1::ListUsersRequest* request,
                                       v1::ListUsersResponse* response) {
  NARADA_RETURN_IF_ERROR(MustManage(*context, request->tenant_id()));
  const absl::StatusOr<Page> page = PageOf(*request);
  if (!page.ok()) return ToGrpcStatus(page.status());
  const auto users = Await<std::vector<User>>([&](auto done) {
    accounts_.ListUsers(Filter(request->tenant_id()), page->after, page->size, std::move(done));
  });
  if (!users.ok()) return ToGrpcStatus(users.status());
  for (const User& user : *users) *response->add_users() = ToProto(user);
  if (static_cast<int>(users->size()) == page->size) {
    response->set_next_page_token(TokenBehind(users->back().name));
  }
  return grpc::Status::OK;
}

grpc::Status AccountService::DeleteUser(grpc::ServerContext* context,
                                        const v1::DeleteUserRequest* request,
                                        v1::DeleteUserResponse*) {
  const auto user =
      Await<User>([&](auto done) { accounts_.GetUser(request->user_name(), std::move(done)); });
  NARADA_RETURN_IF_ERROR(MustManage(*context, user.ok() ? user->tenant_id : ""));
  if (!user.ok()) return ToGrpcStatus(user.status());
  NARADA_RETURN_IF_ERROR(
      AwaitStatus([&](auto done) { accounts_.DeleteUser(request->user_name(), std::move(done)); }));
  return grpc::Status::OK;
}

#undef NARADA_RETURN_IF_ERROR

}  // namespace narada::control::service
