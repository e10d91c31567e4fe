#include "control/web/rights.h"

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada::control::web {
namespace {

// Who may, at the least.
enum class Least { kPinModerator, kModerator, kManager, kOperator };

struct Rule {
  absl::string_view method;
  Least least;
  Scope scope;
};

constexpr Rule kRules[] = {
    {"ConferenceService/ListConferences", Least::kModerator, Scope::kTenant},
    {"ConferenceService/GetConference", Least::kPinModerator, Scope::kConference},
    {"ConferenceService/UpdateParticipant", Least::kPinModerator, Scope::kConference},
    {"ConferenceService/MuteAll", Least::kPinModerator, Scope::kConference},
    {"ConferenceService/DisconnectParticipant", Least::kPinModerator, Scope::kConference},
    {"ConferenceService/UpdateConference", Least::kPinModerator, Scope::kConference},
    {"ConferenceService/CallOut", Least::kPinModerator, Scope::kConference},
    {"ConferenceService/CancelCallOut", Least::kPinModerator, Scope::kConference},
    {"ConferenceService/ControlRecording", Least::kPinModerator, Scope::kConference},
    {"ConferenceService/ListAnnouncements", Least::kPinModerator, Scope::kConference},
    {"ConferenceService/TellRollCall", Least::kPinModerator, Scope::kConference},
    {"ConferenceService/PlayAnnouncement", Least::kPinModerator, Scope::kConference},
    {"ConferenceService/SendInvitations", Least::kPinModerator, Scope::kConference},
    {"ConferenceService/EndConference", Least::kPinModerator, Scope::kConference},
    {"OperationService/ListLockouts", Least::kPinModerator, Scope::kService},
    {"OperationService/LiftLockout", Least::kPinModerator, Scope::kService},
    {"SmsService/PreviewSms", Least::kPinModerator, Scope::kConference},
    {"ContactService/ListContacts", Least::kModerator, Scope::kTenant},
    {"ContactService/PutContact", Least::kModerator, Scope::kTenant},
    {"ContactService/DeleteContact", Least::kModerator, Scope::kTenant},
    {"ReportService/ListCallRecords", Least::kModerator, Scope::kTenant},
    {"ReportService/ListConferenceRecords", Least::kModerator, Scope::kTenant},
    {"ReportService/ListConferenceRecordings", Least::kModerator, Scope::kTenant},
    {"ReportService/DeleteConferenceRecording", Least::kModerator, Scope::kService},
    {"AccountService/ListPermanentRooms", Least::kModerator, Scope::kTenant},
    {"AccountService/ListUsers", Least::kManager, Scope::kTenant},
    {"AuditService/ListAuditEntries", Least::kManager, Scope::kTenant},
    {"ReportService/ErasePerson", Least::kOperator, Scope::kNone},
    {"ReservationService/ListReservations", Least::kOperator, Scope::kNone},
    {"ReservationService/CancelReservation", Least::kOperator, Scope::kNone},
    {"SmsService/ListSms", Least::kOperator, Scope::kNone},
    {"SmsService/RetrySms", Least::kOperator, Scope::kNone},
    {"AccountService/ListTenants", Least::kOperator, Scope::kNone},
    {"AccountService/ListAccessNumbers", Least::kOperator, Scope::kNone},
    {"OperationService/ListMixers", Least::kOperator, Scope::kNone},
    {"OperationService/ListGateways", Least::kOperator, Scope::kNone},
};

Least RankOf(const Requester& requester) {
  switch (requester.role) {
    case RequesterRole::kOperator:
      return Least::kOperator;
    case RequesterRole::kTenantManager:
      return Least::kManager;
    case RequesterRole::kModerator:
      return requester.conference_id.empty() ? Least::kModerator : Least::kPinModerator;
  }
  return Least::kPinModerator;
}

}  // namespace

absl::StatusOr<Scope> CheckMethod(const Requester& requester, absl::string_view method) {
  for (const Rule& rule : kRules) {
    if (rule.method != method) continue;
    if (RankOf(requester) >= rule.least) return rule.scope;
    return rule.least == Least::kOperator
               ? ErrorWithReason(absl::StatusCode::kPermissionDenied, "NOT_OPERATOR",
                                 "only an operator may do this")
               : ErrorWithReason(absl::StatusCode::kPermissionDenied, "NOT_MODERATOR",
                                 "this needs an account of the tenant");
  }
  return ErrorWithReason(absl::StatusCode::kNotFound, "METHOD_UNKNOWN",
                         "the console has no such method");
}

}  // namespace narada::control::web
