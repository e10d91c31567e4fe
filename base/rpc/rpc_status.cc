#include "base/rpc/rpc_status.h"

#include <string>

#include "absl/time/time.h"
#include "base/status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace narada {
namespace {

constexpr char kDomain[] = "narada";  // ErrorInfo.domain: whose reasons these are.

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.code());  // The numbers are the same.
  const std::string message(status.message());
  google::rpc::Status details;
  details.set_code(static_cast<int>(code));
  details.set_message(message);
  if (const std::string reason = ReasonOf(status); !reason.empty()) {
    google::rpc::ErrorInfo info;
    info.set_reason(reason);
    info.set_domain(kDomain);
    details.add_details()->PackFrom(info);
  }
  if (const std::string field = FieldOf(status); !field.empty()) {
    google::rpc::BadRequest bad_request;
    google::rpc::BadRequest::FieldViolation& violation = *bad_request.add_field_violations();
    violation.set_field(field);
    violation.set_description(message);
    details.add_details()->PackFrom(bad_request);
  }
  if (const auto retry_after = RetryAfterOf(status)) {
    google::rpc::RetryInfo retry_info;
    const int64_t nanoseconds = absl::ToInt64Nanoseconds(*retry_after);
    retry_info.mutable_retry_delay()->set_seconds(nanoseconds / 1'000'000'000);
    retry_info.mutable_retry_delay()->set_nanos(nanoseconds % 1'000'000'000);
    details.add_details()->PackFrom(retry_info);
  }
  return grpc::Status(code, message, details.SerializeAsString());
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  std::string reason, field;
  absl::Duration retry_after = absl::InfiniteDuration();
  google::rpc::Status details;
  // A peer that sends no details, or broken ones, still gave a code and a message.
  if (details.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& detail : details.details()) {
      google::rpc::ErrorInfo info;
      google::rpc::BadRequest bad_request;
      google::rpc::RetryInfo retry_info;
      if (detail.UnpackTo(&info)) {
        reason = info.reason();
      } else if (detail.UnpackTo(&bad_request) && bad_request.field_violations_size() > 0) {
        field = bad_request.field_violations(0).field();
      } else if (detail.UnpackTo(&retry_info)) {
        retry_after = absl::Seconds(retry_info.retry_delay().seconds()) +
                      absl::Nanoseconds(retry_info.retry_delay().nanos());
      }
    }
  }
  absl::Status result = reason.empty() ? absl::Status(code, status.error_message())
                                       : ErrorWithReason(code, reason, status.error_message());
  if (!field.empty()) result = WithField(std::move(result), field);
  if (retry_after != absl::InfiniteDuration())
    result = WithRetryAfter(std::move(result), retry_after);
  return result;
}

}  // namespace narada
