// Errors that a caller of our API reads: absl::Status with a reason from a fixed vocabulary.
//   return ErrorWithReason(absl::StatusCode::kResourceExhausted, "ROOM_FULL",
//                          absl::StrCat("room ", id, " is full: let someone leave"));
//   ASSIGN_OR_RETURN(const Plan plan, MakePlan(request));
//   RETURN_IF_ERROR(Place(plan));
// Reason, field and retry delay ride as status payloads; `service` turns them into google.rpc
// details. Allocates: not for the media path, which uses Result.
#ifndef NARADA_BASE_STATUS_H_
#define NARADA_BASE_STATUS_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace narada {

// `reason` is UPPER_SNAKE_CASE and stands above the rpc that returns it; `message` says what, why
// and what to do, without PINs or phone numbers. `code` must not be kOk.
absl::Status ErrorWithReason(absl::StatusCode code, absl::string_view reason,
                             absl::string_view message);

// INVALID_ARGUMENT that names the field of the request (a proto path such as "leg.media.port").
absl::Status InvalidField(absl::string_view field, absl::string_view reason,
                          absl::string_view message);

// The same error with more known about it. OK stays OK.
absl::Status WithField(absl::Status status, absl::string_view field);
absl::Status WithRetryAfter(absl::Status status, absl::Duration delay);
// Puts "context: " before the message and keeps code, reason, field and retry delay.
absl::Status WithContext(const absl::Status& status, absl::string_view context);

// Empty where the status carries none.
std::string ReasonOf(const absl::Status& status);
std::string FieldOf(const absl::Status& status);
std::optional<absl::Duration> RetryAfterOf(const absl::Status& status);

namespace status_internal {
inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}
}  // namespace status_internal
}  // namespace narada

#define NARADA_STATUS_CONCAT_(a, b) a##b
#define NARADA_STATUS_CONCAT(a, b) NARADA_STATUS_CONCAT_(a, b)

// Returns from the enclosing function (absl::Status or absl::StatusOr) if `expression` is an error.
#define RETURN_IF_ERROR(expression)                               \
  do {                                                            \
    if (auto narada_status = (expression); !narada_status.ok()) { \
      return ::narada::status_internal::StatusOf(narada_status);  \
    }                                                             \
  } while (false)

// Declares or assigns `target` from an absl::StatusOr, or returns its error. A type with a comma
// needs an alias or parentheses around nothing: write `using Pairs = std::map<A, B>;` first.
#define ASSIGN_OR_RETURN(target, expression) \
  NARADA_ASSIGN_OR_RETURN(NARADA_STATUS_CONCAT(narada_result_, __LINE__), target, expression)
#define NARADA_ASSIGN_OR_RETURN(result, target, expression) \
  auto result = (expression);                               \
  if (!result.ok()) return result.status();                 \
  target = *std::move(result)

#endif  // NARADA_BASE_STATUS_H_
