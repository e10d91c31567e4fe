#include "cli/failure.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status.h"

namespace narada::cli {
namespace {

bool IsUnreachable(const absl::Status& status) {
  const bool is_transport = status.code() == absl::StatusCode::kUnavailable ||
                            status.code() == absl::StatusCode::kDeadlineExceeded;
  // With a reason it is control's own answer: it was reached.
  return is_transport && ReasonOf(status).empty();
}

std::string Advice(const absl::Status& status, const std::string& server) {
  if (IsUnreachable(status)) {
    return absl::StrCat("no control answers at ", server,
                        ": is it running? --server names another; a port that is not on loopback "
                        "needs --tls-cert, --tls-key and --tls-ca");
  }
  if (status.code() == absl::StatusCode::kUnimplemented) {
    return "this control does not offer it";
  }
  if (const std::optional<absl::Duration> retry = RetryAfterOf(status)) {
    return absl::StrCat("try again in ", absl::FormatDuration(*retry));
  }
  return "";
}

}  // namespace

int ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return kExitOk;
  if (IsUnreachable(status)) return kExitUnreachable;
  if (status.code() == absl::StatusCode::kNotFound) return kExitNotFound;
  return kExitRefused;
}

std::string Explain(const absl::Status& status, const std::string& server) {
  std::string text = "narada: ";
  const std::string reason = ReasonOf(status);
  // Control names the field in the message, too; another service may not.
  const std::string field = FieldOf(status);
  if (!field.empty() && !absl::StartsWith(status.message(), absl::StrCat(field, ":"))) {
    absl::StrAppend(&text, field, ": ");
  }
  absl::StrAppend(&text, status.message().empty() ? absl::StatusCodeToString(status.code())
                                                  : std::string(status.message()));
  absl::StrAppend(&text, " (", reason.empty() ? absl::StatusCodeToString(status.code()) : reason,
                  ")\n");
  if (const std::string advice = Advice(status, server); !advice.empty()) {
    absl::StrAppend(&text, "  ", advice, "\n");
  }
  return text;
}

}  // namespace narada::cli
