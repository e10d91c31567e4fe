// Between narada.control.v1 and control's own types; protobuf stops here.

#ifndef NARADA_CONTROL_SERVICE_CONVERT_H_
#define NARADA_CONTROL_SERVICE_CONVERT_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "control/calls/conference_actor.h"
#include "control/calls/gateway.h"
#include "control/model/call_quality.h"
#include "control/model/conference.h"
#include "control/model/language.h"
#include "control/reservations/reservations.h"
#include "control/storage/message_table.h"
#include "narada/control/v1/common.pb.h"
#include "narada/control/v1/conference.pb.h"
#include "narada/control/v1/reservation.pb.h"
#include "narada/control/v1/signaling.pb.h"
#include "narada/control/v1/sms.pb.h"

namespace narada::control::service {

void SetTime(absl::Time time, google::protobuf::Timestamp& proto);
void SetDuration(absl::Duration duration, google::protobuf::Duration& proto);

v1::Language ToProto(Language language);
// Nothing for LANGUAGE_UNSPECIFIED.
std::optional<Language> FromProto(v1::Language language);

// Nothing for Hello, and for events of a newer API.
std::optional<calls::GatewayEvent> FromProto(const v1::SignalRequest& request);
v1::SignalResponse ToProto(const std::string& gateway_call_id,
                           const calls::GatewayCommand& command);

// Without the PIN.
v1::Reservation ToProto(const reservations::ReservationRecord& record, absl::Time now);

v1::CallQuality ToProto(const CallQuality& quality);
v1::Participant ToProto(const Participant& participant);
// `now`: how long it has been recorded until then.
v1::Conference ToProto(const Conference& conference, absl::Time now);
std::optional<Role> FromProto(v1::ParticipantRole role);  // Nothing: unspecified.
v1::WatchConferenceResponse ToProto(const calls::ConferenceChange& change);

v1::SmsState ToProto(storage::MessageState state);

// A place in a list as clients hold it: opaque text around a time and an id.
struct PagePlace {
  absl::Time created_at;
  std::string id;
};
std::string ToPageToken(const PagePlace& place);
// INVALID_ARGUMENT / PAGE_TOKEN_INVALID.
absl::StatusOr<PagePlace> FromPageToken(const std::string& token);
// 1-1000; 0 means 100. INVALID_ARGUMENT / FIELD_INVALID.
absl::StatusOr<int> PageSize(uint32_t asked);

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_CONVERT_H_
