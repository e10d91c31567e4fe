#include "control/service/operation_service.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/service/convert.h"
#include "control/service/requester.h"
#include "control/storage/await.h"

namespace narada::control::service {
namespace {

// What a file may be called that is not to be anywhere else.
bool IsFileName(const std::string& name) {
  return !name.empty() && name.size() <= 64 && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '_' || c == '.' || c == '-';
         });
}

v1::LockoutScope ToProto(accounts::LockScope scope) {
  switch (scope) {
    case accounts::LockScope::kCaller:
      return v1::LOCKOUT_SCOPE_CALLER;
    case accounts::LockScope::kTrunk:
      return v1::LOCKOUT_SCOPE_TRUNK;
    case accounts::LockScope::kRoom:
      return v1::LOCKOUT_SCOPE_ROOM;
    case accounts::LockScope::kAccessNumber:
      return v1::LOCKOUT_SCOPE_ACCESS_NUMBER;
    case accounts::LockScope::kOverall:
      return v1::LOCKOUT_SCOPE_OVERALL;
  }
  return v1::LOCKOUT_SCOPE_UNSPECIFIED;
}

grpc::Status NotOperator() {
  return ToGrpcStatus(ErrorWithReason(absl::StatusCode::kPermissionDenied, "NOT_OPERATOR",
                                      "this is for operators, or for moderators of the room"));
}

void SetLockout(const accounts::Lockout& lockout, v1::Lockout& proto) {
  proto.set_lockout_id(lockout.id);
  proto.set_scope(ToProto(lockout.scope));
  proto.set_subject(lockout.label);
  proto.set_failure_count(lockout.failures);
  SetTime(lockout.ends_at, *proto.mutable_end_time());
  proto.set_conference_key(lockout.conference_key);
}

}  // namespace

grpc::Status OperationService::ListMixers(grpc::ServerContext*, const v1::ListMixersRequest*,
                                          v1::ListMixersResponse* response) {
  for (const mixers::MixerPool::Entry& entry : pool_.List()) {
    v1::MixerStatus& mixer = *response->add_mixers();
    mixer.set_mixer_id(entry.address);
    mixer.set_address(entry.address);
    mixer.set_is_reachable(entry.status.is_ready);
    mixer.set_is_draining(entry.status.is_draining);
    mixer.set_leg_count(entry.status.leg_count);
  }
  return grpc::Status::OK;
}

grpc::Status OperationService::ListGateways(grpc::ServerContext*, const v1::ListGatewaysRequest*,
                                            v1::ListGatewaysResponse* response) {
  for (const calls::Switchboard::GatewayEntry& entry : switchboard_.gateways()) {
    v1::GatewayStatus& gateway = *response->add_gateways();
    gateway.set_gateway_id(entry.gateway_id);
    gateway.set_call_count(entry.call_count);
  }
  return grpc::Status::OK;
}

bool OperationService::MaySee(const Requester& requester, const accounts::Lockout& lockout) {
  if (requester.IsOperator()) return true;
  if (lockout.scope != accounts::LockScope::kRoom || lockout.conference_key.empty()) return false;
  if (!requester.conference_id.empty()) {
    const auto conference = switchboard_.FindConference(requester.conference_id);
    return conference != nullptr && conference->terms_id() == lockout.conference_key;
  }
  const auto room = storage::Await<PermanentRoom>(
      [&](auto done) { accounts_.GetPermanentRoom(lockout.conference_key, std::move(done)); });
  return room.ok() && room->tenant_id == requester.tenant_id;
}

grpc::Status OperationService::ListLockouts(grpc::ServerContext* context,
                                            const v1::ListLockoutsRequest* request,
                                            v1::ListLockoutsResponse* response) {
  const Requester requester = RequesterOf(*context);
  const absl::StatusOr<int> page_size = PageSize(request->page_size());
  if (!page_size.ok()) return ToGrpcStatus(page_size.status());
  std::string after;
  if (!request->page_token().empty()) {
    absl::StatusOr<PagePlace> place = FromPageToken(request->page_token());
    if (!place.ok()) return ToGrpcStatus(place.status());
    after = std::move(place->id);
  }
  // What is not the requester's to see is left out page by page, until this page is full.
  while (response->lockouts_size() < *page_size) {
    const auto lockouts = storage::Await<std::vector<accounts::Lockout>>(
        [&](auto done) { throttle_.ListLockouts("", after, *page_size, std::move(done)); });
    if (!lockouts.ok()) return ToGrpcStatus(lockouts.status());
    for (const accounts::Lockout& lockout : *lockouts) {
      if (response->lockouts_size() == *page_size) break;
      after = lockout.id;
      if (MaySee(requester, lockout)) SetLockout(lockout, *response->add_lockouts());
    }
    if (static_cast<int>(lockouts->size()) < *page_size) return grpc::Status::OK;
  }
  response->set_next_page_token(ToPageToken({absl::UnixEpoch(), after}));
  return grpc::Status::OK;
}

grpc::Status OperationService::LiftLockout(grpc::ServerContext* context,
                                           const v1::LiftLockoutRequest* request,
                                           v1::LiftLockoutResponse*) {
  const auto lockout = storage::Await<accounts::Lockout>(
      [&](auto done) { throttle_.GetLockout(request->lockout_id(), std::move(done)); });
  const Requester requester = RequesterOf(*context);
  if (lockout.ok() ? !MaySee(requester, *lockout) : !requester.IsOperator()) return NotOperator();
  absl::Notification answered;
  absl::Status lifted;
  throttle_.LiftLockout(request->lockout_id(), [&](absl::Status status) {
    lifted = std::move(status);
    answered.Notify();
  });
  answered.WaitForNotification();
  return ToGrpcStatus(lifted);
}

grpc::Status OperationService::Backup(grpc::ServerContext*, const v1::BackupRequest* request,
                                      v1::BackupResponse* response) {
  if (!IsFileName(request->file_name())) {
    return ToGrpcStatus(InvalidField("file_name", "FIELD_INVALID",
                                     "file_name must be [A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}"));
  }
  const absl::Time begin = absl::Now();
  std::error_code failure;
  std::filesystem::create_directories(backup_dir_, failure);
  if (failure) {
    return ToGrpcStatus(ErrorWithReason(
        absl::StatusCode::kUnavailable, "DATABASE_AWAY",
        absl::StrCat("cannot make the folder ", backup_dir_, ": ", failure.message())));
  }
  const std::string path = absl::StrCat(backup_dir_, "/", request->file_name());
  const absl::Status copied = database_.Backup(path);
  if (!copied.ok()) return ToGrpcStatus(copied);
  const absl::Duration duration = absl::Now() - begin;
  response->set_file_name(request->file_name());
  response->set_size_bytes(std::filesystem::file_size(path, failure));
  response->mutable_duration()->set_seconds(duration / absl::Seconds(1));
  response->mutable_duration()->set_nanos(
      static_cast<int>(duration % absl::Seconds(1) / absl::Nanoseconds(1)));
  LOG_INFO("the database was copied to {} in {}", path, absl::FormatDuration(duration));
  return grpc::Status::OK;
}

}  // namespace narada::control::service
