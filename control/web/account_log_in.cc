#include "control/web/account_log_in.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/model/account.h"
#include "control/model/pin.h"
#include "control/model/room_number.h"
#include "control/storage/await.h"
#include "control/web/rpc_bridge.h"
#include "narada/control/v1/conference.grpc.pb.h"

namespace narada::control::web {
namespace {

RequesterRole ToRequesterRole(UserRole role) {
  switch (role) {
    case UserRole::kModerator:
      return RequesterRole::kModerator;
    case UserRole::kTenantManager:
      return RequesterRole::kTenantManager;
    case UserRole::kOperator:
      return RequesterRole::kOperator;
  }
  return RequesterRole::kModerator;
}

Requester ToRequester(const User& user) {
  return {.role = ToRequesterRole(user.role), .user_name = user.name, .tenant_id = user.tenant_id};
}

absl::StatusOr<std::string> RunningIn(const std::shared_ptr<grpc::Channel>& channel,
                                      const RoomNumber& room) {
  grpc::ClientContext context;
  AddRequester({.role = RequesterRole::kOperator, .user_name = "log-in"}, context);
  v1::GetConferenceRequest request;
  request.set_room_number(room.digits());
  v1::GetConferenceResponse response;
  RETURN_IF_ERROR(FromGrpcStatus(
      v1::ConferenceService::NewStub(channel)->GetConference(&context, request, &response)));
  return response.conference().conference_id();
}

absl::StatusOr<Requester> CheckPin(calls::Door& door, const std::shared_ptr<grpc::Channel>& channel,
                                   const std::string& room_text, const std::string& pin_text,
                                   const std::string& address) {
  const std::optional<RoomNumber> room = RoomNumber::Parse(room_text);
  const std::optional<Pin> pin = Pin::Parse(pin_text);
  if (!room || !pin) return absl::NotFoundError("neither room nor PIN");
  calls::DoorKey key{.reach = calls::DoorKey::Reach::kEverything, .room = *room, .pin = *pin};
  key.caller.trunk = absl::StrCat("console:", address);
  ASSIGN_OR_RETURN(const calls::Opened opened, storage::Await<calls::Opened>([&](auto done) {
                     door.Try(std::move(key), std::move(done));
                   }));
  if (opened.role != Role::kModerator) return absl::NotFoundError("a participant's PIN");
  ASSIGN_OR_RETURN(std::string conference_id, RunningIn(channel, *room));
  return Requester{.role = RequesterRole::kModerator,
                   .user_name = absl::StrCat("moderator of ", room->digits()),
                   .tenant_id = opened.terms.tenant_id,
                   .conference_id = std::move(conference_id)};
}

}  // namespace

void UseAccounts(accounts::Accounts& accounts, calls::Door& door,
                 std::shared_ptr<grpc::Channel> channel, LogInOptions& options) {
  options.check_password = [&accounts](const std::string& name,
                                       const std::string& password) -> absl::StatusOr<Requester> {
    ASSIGN_OR_RETURN(const User user, accounts.CheckPassword(name, password));
    return ToRequester(user);
  };
  options.find_user = [&accounts](const std::string& name) -> absl::StatusOr<Requester> {
    ASSIGN_OR_RETURN(const User user, storage::Await<User>([&](auto done) {
                       accounts.GetUser(name, std::move(done));
                     }));
    return ToRequester(user);
  };
  options.check_pin = [&door, channel = std::move(channel)](const std::string& room,
                                                            const std::string& pin,
                                                            const std::string& address) {
    return CheckPin(door, channel, room, pin, address);
  };
}

}  // namespace narada::control::web
