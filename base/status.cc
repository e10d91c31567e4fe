#include "base/status.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "base/check.h"

namespace narada {
namespace {

constexpr char kReasonKey[] = "narada/reason";
constexpr char kFieldKey[] = "narada/field";
constexpr char kRetryKey[] = "narada/retry_after";

std::string PayloadOf(const absl::Status& status, absl::string_view key) {
  const absl::optional<absl::Cord> payload = status.GetPayload(key);
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace

absl::Status ErrorWithReason(absl::StatusCode code, absl::string_view reason,
                             absl::string_view message) {
  CHECK(code != absl::StatusCode::kOk) << "an error needs a code";
  absl::Status status(code, message);
  status.SetPayload(kReasonKey, absl::Cord(reason));
  return status;
}

absl::Status InvalidField(absl::string_view field, absl::string_view reason,
                          absl::string_view message) {
  return WithField(ErrorWithReason(absl::StatusCode::kInvalidArgument, reason,
                                   absl::StrCat(field, ": ", message)),
                   field);
}

absl::Status WithField(absl::Status status, absl::string_view field) {
  if (!status.ok()) status.SetPayload(kFieldKey, absl::Cord(field));
  return status;
}

absl::Status WithRetryAfter(absl::Status status, absl::Duration delay) {
  if (!status.ok()) {
    status.SetPayload(kRetryKey, absl::Cord(absl::FormatDuration(delay)));
  }
  return status;
}

absl::Status WithContext(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  absl::Status result(status.code(), absl::StrCat(context, ": ", status.message()));
  status.ForEachPayload([&result](absl::string_view key, const absl::Cord& payload) {
    result.SetPayload(key, payload);
  });
  return result;
}

std::string ReasonOf(const absl::Status& status) { return PayloadOf(status, kReasonKey); }

std::string FieldOf(const absl::Status& status) { return PayloadOf(status, kFieldKey); }

std::optional<absl::Duration> RetryAfterOf(const absl::Status& status) {
  absl::Duration delay;
  const std::string text = PayloadOf(status, kRetryKey);
  if (text.empty() || !absl::ParseDuration(text, &delay)) return std::nullopt;
  return delay;
}

}  // namespace narada
