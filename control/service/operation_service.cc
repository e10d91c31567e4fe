#include "control/service/operation_service.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"

namespace narada::control::service {
namespace {

// What a file may be called that is not to be anywhere else.
bool IsFileName(const std::string& name) {
  return !name.empty() && name.size() <= 64 && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '_' || c == '.' || c == '-';
         });
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
