#include "sip/refusal.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace narada::sip {
namespace {

constexpr size_t kTextMax = 200;

std::string Warning(int code, absl::string_view host, absl::string_view text) {
  return absl::StrCat(code, " ", host, " \"", HeaderText(text), "\"");
}

}  // namespace

std::string HeaderText(absl::string_view text) {
  std::string clean(text.substr(0, kTextMax));
  std::replace_if(
      clean.begin(), clean.end(),
      [](char c) { return c < 0x20 || c >= 0x7F || c == '"' || c == '\\'; }, '?');
  return clean;
}

Refusal RefusalFor(RefusalReason reason, absl::string_view text, absl::Duration retry_after,
                   absl::string_view host) {
  Refusal refusal;
  switch (reason) {
    case RefusalReason::kNumberUnknown:
      refusal = {404, "Not Found", "", ""};
      break;
    case RefusalReason::kBusy:
      refusal = {486, "Busy Here", "", ""};
      break;
    case RefusalReason::kMediaUnacceptable:
      refusal = {488, "Not Acceptable Here", "", ""};
      // 305: incompatible media format. A 488 always says what was wrong.
      refusal.warning = Warning(305, host, text.empty() ? "Incompatible media format" : text);
      return refusal;
    case RefusalReason::kOverloaded: {
      refusal = {503, "Service Unavailable", "", ""};
      const int64_t seconds =
          std::max<int64_t>(1, absl::ToInt64Seconds(absl::Ceil(retry_after, absl::Seconds(1))));
      refusal.retry_after = absl::StrCat(seconds);
      break;
    }
    case RefusalReason::kForbidden:
      refusal = {403, "Forbidden", "", ""};
      break;
    case RefusalReason::kFault:
      refusal = {500, "Internal Server Error", "", ""};
      break;
    case RefusalReason::kMediaInvalid:
      refusal = {400, "Bad Session Description", "", ""};
      refusal.warning = Warning(399, host, text.empty() ? "The SDP cannot be read" : text);
      return refusal;
    case RefusalReason::kUnspecified:
      refusal = {480, "Temporarily Unavailable", "", ""};
      break;
  }
  // 399: miscellaneous.
  if (!text.empty()) refusal.warning = Warning(399, host, text);
  return refusal;
}

EndReason EndReasonForStatus(int status) {
  switch (status) {
    case 486:
    case 600:
      return EndReason::kBusy;
    case 480:
      return EndReason::kNoAnswer;
    case 404:
    case 410:
    case 484:
    case 604:
      return EndReason::kNumberUnknown;
    case 408:
    case 481:
    case 500:
    case 502:
    case 503:
    case 504:
      return EndReason::kLost;
    case 415:
    case 488:
    case 606:
      return EndReason::kMediaUnacceptable;
    case 487:
      return EndReason::kCancelled;
    default:
      return EndReason::kRejected;
  }
}

std::string ReasonHeaderFor(HangupReason reason) {
  switch (reason) {
    case HangupReason::kMediaTimedOut:
      return "Q.850;cause=102;text=\"No media\"";
    case HangupReason::kCallTooLong:
      return "Q.850;cause=16;text=\"Longest call duration reached\"";
    case HangupReason::kDisconnectedByModerator:
      return "Q.850;cause=16;text=\"Disconnected by the moderator\"";
    case HangupReason::kCallUnknown:
      return "Q.850;cause=41;text=\"Call state lost\"";
    case HangupReason::kDrained:
      return "Q.850;cause=41;text=\"Service shutting down\"";
    case HangupReason::kFault:
      return "Q.850;cause=41;text=\"Internal fault\"";
    case HangupReason::kCompleted:
    case HangupReason::kUnspecified:
      return "Q.850;cause=16;text=\"Normal call clearing\"";
  }
  return "";
}

}  // namespace narada::sip
