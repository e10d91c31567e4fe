#include "control/service/convert.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada::control::service {
namespace {

v1::RejectReason ToProto(calls::RejectReason reason) {
  switch (reason) {
    case calls::RejectReason::kNumberUnknown:
      return v1::REJECT_REASON_NUMBER_UNKNOWN;
    case calls::RejectReason::kBusy:
      return v1::REJECT_REASON_BUSY;
    case calls::RejectReason::kMediaUnacceptable:
      return v1::REJECT_REASON_MEDIA_UNACCEPTABLE;
    case calls::RejectReason::kOverloaded:
      return v1::REJECT_REASON_OVERLOADED;
    case calls::RejectReason::kForbidden:
      return v1::REJECT_REASON_FORBIDDEN;
    case calls::RejectReason::kFault:
      return v1::REJECT_REASON_FAULT;
    case calls::RejectReason::kMediaInvalid:
      return v1::REJECT_REASON_MEDIA_INVALID;
  }
  return v1::REJECT_REASON_FAULT;
}

v1::HangupReason ToProto(calls::HangupReason reason) {
  switch (reason) {
    case calls::HangupReason::kCompleted:
      return v1::HANGUP_REASON_COMPLETED;
    case calls::HangupReason::kMediaTimedOut:
      return v1::HANGUP_REASON_MEDIA_TIMED_OUT;
    case calls::HangupReason::kCallTooLong:
      return v1::HANGUP_REASON_CALL_TOO_LONG;
    case calls::HangupReason::kDisconnectedByModerator:
      return v1::HANGUP_REASON_DISCONNECTED_BY_MODERATOR;
    case calls::HangupReason::kCallUnknown:
      return v1::HANGUP_REASON_CALL_UNKNOWN;
    case calls::HangupReason::kFault:
      return v1::HANGUP_REASON_FAULT;
  }
  return v1::HANGUP_REASON_FAULT;
}

v1::ParticipantRole ToProto(Role role) {
  switch (role) {
    case Role::kParticipant:
      return v1::PARTICIPANT_ROLE_PARTICIPANT;
    case Role::kPresenter:
      return v1::PARTICIPANT_ROLE_PRESENTER;
    case Role::kModerator:
      return v1::PARTICIPANT_ROLE_MODERATOR;
  }
  return v1::PARTICIPANT_ROLE_UNSPECIFIED;
}

v1::ParticipantState ToProto(ParticipantState state) {
  switch (state) {
    case ParticipantState::kDialling:
      return v1::PARTICIPANT_STATE_DIALLING;
    case ParticipantState::kRinging:
      return v1::PARTICIPANT_STATE_RINGING;
    case ParticipantState::kConfirming:
      return v1::PARTICIPANT_STATE_CONFIRMING;
    case ParticipantState::kWaiting:
      return v1::PARTICIPANT_STATE_WAITING;
    case ParticipantState::kJoined:
      return v1::PARTICIPANT_STATE_JOINED;
    case ParticipantState::kFailed:
      return v1::PARTICIPANT_STATE_FAILED;
  }
  return v1::PARTICIPANT_STATE_UNSPECIFIED;
}

v1::RecordingStatus ToProto(RecordingStatus status) {
  switch (status) {
    case RecordingStatus::kOff:
      return v1::RECORDING_STATUS_OFF;
    case RecordingStatus::kRunning:
      return v1::RECORDING_STATUS_RUNNING;
    case RecordingStatus::kPaused:
      return v1::RECORDING_STATUS_PAUSED;
  }
  return v1::RECORDING_STATUS_UNSPECIFIED;
}

// Why a call that we dial was not answered.
CallEnd FromProto(v1::CallEndReason reason) {
  switch (reason) {
    case v1::CALL_END_REASON_CANCELLED:
      return CallEnd::kCancelled;
    case v1::CALL_END_REASON_BUSY:
      return CallEnd::kBusy;
    case v1::CALL_END_REASON_NO_ANSWER:
      return CallEnd::kNoAnswer;
    case v1::CALL_END_REASON_NUMBER_UNKNOWN:
      return CallEnd::kNumberUnknown;
    case v1::CALL_END_REASON_LOST:
      return CallEnd::kLost;
    case v1::CALL_END_REASON_MEDIA_UNACCEPTABLE:
      return CallEnd::kMediaUnacceptable;
    default:
      return CallEnd::kRejected;
  }
}

// Of a call that was up, or was not answered yet by us.
CallEnd EndFromProto(v1::CallEndReason reason) {
  const bool is_usual =
      reason == v1::CALL_END_REASON_HUNG_UP || reason == v1::CALL_END_REASON_UNSPECIFIED;
  return is_usual ? CallEnd::kHungUp : FromProto(reason);
}

}  // namespace

std::optional<Role> FromProto(v1::ParticipantRole role) {
  switch (role) {
    case v1::PARTICIPANT_ROLE_PARTICIPANT:
      return Role::kParticipant;
    case v1::PARTICIPANT_ROLE_PRESENTER:
      return Role::kPresenter;
    case v1::PARTICIPANT_ROLE_MODERATOR:
      return Role::kModerator;
    default:
      return std::nullopt;
  }
}

void SetTime(absl::Time time, google::protobuf::Timestamp& proto) {
  const int64_t micros = absl::ToUnixMicros(time);
  const int64_t rest = ((micros % 1'000'000) + 1'000'000) % 1'000'000;
  proto.set_seconds((micros - rest) / 1'000'000);
  proto.set_nanos(static_cast<int>(rest * 1000));
}

void SetDuration(absl::Duration duration, google::protobuf::Duration& proto) {
  const int64_t nanoseconds = absl::ToInt64Nanoseconds(duration);
  proto.set_seconds(nanoseconds / 1'000'000'000);
  proto.set_nanos(static_cast<int>(nanoseconds % 1'000'000'000));
}

v1::Language ToProto(Language language) {
  return language == Language::kPolish ? v1::LANGUAGE_POLISH : v1::LANGUAGE_ENGLISH;
}

std::optional<Language> FromProto(v1::Language language) {
  switch (language) {
    case v1::LANGUAGE_POLISH:
      return Language::kPolish;
    case v1::LANGUAGE_ENGLISH:
      return Language::kEnglish;
    default:
      return std::nullopt;
  }
}

std::optional<calls::GatewayEvent> FromProto(const v1::SignalRequest& request) {
  switch (request.event_case()) {
    case v1::SignalRequest::kOffered: {
      const v1::CallOffered& offered = request.offered();
      return calls::CallOffered{.called_number = offered.called_number(),
                                .calling_number = offered.calling_number(),
                                .is_calling_number_withheld = offered.is_calling_number_withheld(),
                                .calling_name = offered.calling_name(),
                                .sdp_offer = offered.sdp_offer(),
                                .signaling_address = offered.signaling_address(),
                                .trunk = offered.trunk()};
    }
    case v1::SignalRequest::kConfirmed:
      return calls::CallConfirmed{};
    case v1::SignalRequest::kAnswered:
      return calls::MediaAnswered{.sdp_answer = request.answered().sdp_answer(),
                                  .signaling_address = request.answered().signaling_address()};
    case v1::SignalRequest::kMediaAnswered:
      return calls::MediaAnswered{.sdp_answer = request.media_answered().sdp_answer(),
                                  .signaling_address = request.media_answered().signaling_address(),
                                  .is_refused = request.media_answered().is_refused()};
    case v1::SignalRequest::kMediaOffered:
      return calls::MediaOffered{.sdp_offer = request.media_offered().sdp_offer(),
                                 .signaling_address = request.media_offered().signaling_address()};
    case v1::SignalRequest::kDigitsPressed:
      return calls::DigitsPressed{request.digits_pressed().digits()};
    case v1::SignalRequest::kProgressed:
      return calls::CallProgressed{};
    case v1::SignalRequest::kFailed:
      return calls::CallFailed{FromProto(request.failed().reason())};
    case v1::SignalRequest::kEnded:
      return calls::CallEnded{EndFromProto(request.ended().reason())};
    default:
      return std::nullopt;
  }
}

v1::SignalResponse ToProto(const std::string& gateway_call_id,
                           const calls::GatewayCommand& command) {
  v1::SignalResponse response;
  response.set_call_id(gateway_call_id);
  if (const auto* answer = std::get_if<calls::Answer>(&command)) {
    response.mutable_answer()->set_sdp(answer->sdp);
  } else if (const auto* reject = std::get_if<calls::Reject>(&command)) {
    v1::RejectCall& proto = *response.mutable_reject();
    proto.set_reason(ToProto(reject->reason));
    proto.set_text(reject->text);
    if (reject->retry_after) SetDuration(*reject->retry_after, *proto.mutable_retry_after());
  } else if (const auto* hangup = std::get_if<calls::Hangup>(&command)) {
    response.mutable_hangup()->set_reason(ToProto(hangup->reason));
  } else if (const auto* answer_media = std::get_if<calls::AnswerMedia>(&command)) {
    response.mutable_answer_media()->set_sdp(answer_media->sdp);
  } else if (const auto* dial = std::get_if<calls::Dial>(&command)) {
    v1::DialCall& proto = *response.mutable_dial();
    proto.set_called_number(dial->called.e164());
    if (dial->calling) proto.set_calling_number(dial->calling->e164());
    proto.set_sdp_offer(dial->sdp_offer);
    SetDuration(dial->ring_max, *proto.mutable_ring_timeout());
  } else if (std::holds_alternative<calls::CancelDial>(command)) {
    response.mutable_cancel_dial();
  } else {
    const auto& reject_media = std::get<calls::RejectMedia>(command);
    response.mutable_reject_media()->set_reason(ToProto(reject_media.reason));
    response.mutable_reject_media()->set_text(reject_media.text);
  }
  return response;
}

v1::Reservation ToProto(const reservations::ReservationRecord& record, absl::Time now) {
  v1::Reservation proto;
  proto.set_reservation_id(record.id);
  proto.set_room_number(record.room.digits());
  proto.set_state(record.cancelled_at  ? v1::RESERVATION_STATE_CANCELLED
                  : record.IsOpen(now) ? v1::RESERVATION_STATE_LIVE
                                       : v1::RESERVATION_STATE_EXPIRED);
  SetTime(record.created_at, *proto.mutable_create_time());
  SetTime(record.expires_at, *proto.mutable_expire_time());
  if (record.organiser) proto.set_organiser_number(record.organiser->e164());
  proto.set_language(ToProto(record.language));
  if (record.access_number) proto.set_access_number(record.access_number->e164());
  proto.set_extension_count(record.extensions);
  proto.set_sms_id(record.message_id);
  return proto;
}

v1::CallQuality ToProto(const CallQuality& quality) {
  v1::CallQuality proto;
  proto.set_mos(static_cast<float>(quality.mos));
  proto.set_loss_ratio(static_cast<float>(quality.loss_ratio));
  SetDuration(quality.interarrival_jitter, *proto.mutable_interarrival_jitter());
  if (quality.round_trip_time > absl::ZeroDuration()) {
    SetDuration(quality.round_trip_time, *proto.mutable_round_trip_time());
  }
  return proto;
}

v1::Participant ToProto(const Participant& participant) {
  v1::Participant proto;
  proto.set_participant_id(participant.call_id);
  if (participant.number) proto.set_number(participant.number->e164());
  proto.set_name(participant.name);
  proto.set_role(ToProto(participant.role));
  proto.set_state(ToProto(participant.state));
  SetTime(participant.joined_at, *proto.mutable_join_time());
  proto.set_is_speaking(participant.is_speaking);
  if (participant.quality) *proto.mutable_quality() = ToProto(*participant.quality);
  proto.set_is_muted(participant.is_muted);
  proto.set_is_self_muted(participant.is_self_muted);
  proto.set_is_deaf(participant.is_deaf);
  proto.set_is_held(participant.is_held);
  proto.set_gain_db(static_cast<float>(participant.gain_db));
  if (participant.hand_raised_at) {
    SetTime(*participant.hand_raised_at, *proto.mutable_hand_raise_time());
  }
  proto.set_group_id(participant.group_id);
  proto.set_failure(participant.failure);
  proto.set_language(ToProto(participant.language));
  return proto;
}

v1::Conference ToProto(const Conference& conference, absl::Time now) {
  v1::Conference proto;
  proto.set_conference_id(conference.id);
  proto.set_room_number(conference.terms.room.digits());
  proto.set_tenant_id(conference.terms.tenant_id);
  SetTime(conference.started_at, *proto.mutable_start_time());
  if (conference.terms.expires_at != absl::InfiniteFuture()) {
    SetTime(conference.terms.expires_at, *proto.mutable_expire_time());
  }
  for (const Participant& participant : conference.participants) {
    *proto.add_participants() = ToProto(participant);
  }
  proto.set_is_locked(conference.is_locked);
  proto.set_is_lecture(conference.is_lecture);
  proto.set_is_all_muted(conference.is_all_muted);
  proto.set_participants_max(static_cast<uint32_t>(conference.participants_max));
  for (const Group& group : conference.groups) {
    v1::ConferenceGroup& added = *proto.add_groups();
    added.set_group_id(group.id);
    for (const std::string& heard : group.heard_ids) added.add_heard_group_ids(heard);
  }
  proto.set_recording(ToProto(conference.recording.status));
  if (conference.recording.status != RecordingStatus::kOff) {
    SetDuration(conference.recording.Recorded(now), *proto.mutable_recorded_duration());
  }
  proto.set_mixer_id(conference.mixer);
  return proto;
}

v1::WatchConferenceResponse ToProto(const calls::ConferenceChange& change) {
  v1::WatchConferenceResponse proto;
  proto.set_sequence(change.sequence);
  SetTime(change.time, *proto.mutable_time());
  if (const auto* whole = std::get_if<calls::WholeConference>(&change.what)) {
    *proto.mutable_snapshot() = ToProto(whole->conference, change.time);
  } else if (const auto* state = std::get_if<calls::ConferenceStateChanged>(&change.what)) {
    *proto.mutable_conference() = ToProto(state->conference, change.time);
  } else if (const auto* changed = std::get_if<calls::ParticipantChanged>(&change.what)) {
    *proto.mutable_participant() = ToProto(changed->participant);
  } else if (const auto* left = std::get_if<calls::ParticipantLeft>(&change.what)) {
    *proto.mutable_participant() = ToProto(left->participant);
    proto.mutable_participant()->set_state(v1::PARTICIPANT_STATE_LEFT);
  } else if (std::holds_alternative<calls::ChangesMissed>(change.what)) {
    proto.mutable_missed();
  } else {
    proto.mutable_ended();
  }
  return proto;
}

v1::SmsState ToProto(storage::MessageState state) {
  switch (state) {
    case storage::MessageState::kPending:
      return v1::SMS_STATE_NEW;
    case storage::MessageState::kSending:
      return v1::SMS_STATE_SENDING;
    case storage::MessageState::kSent:
      return v1::SMS_STATE_SENT;
    case storage::MessageState::kDelivered:
      return v1::SMS_STATE_DELIVERED;
    case storage::MessageState::kFailed:
      return v1::SMS_STATE_FAILED;
    case storage::MessageState::kUndelivered:
      return v1::SMS_STATE_UNDELIVERED;
  }
  return v1::SMS_STATE_UNSPECIFIED;
}

std::string ToPageToken(const PagePlace& place) {
  return absl::WebSafeBase64Escape(
      absl::StrCat(absl::ToUnixMicros(place.created_at), ":", place.id));
}

absl::StatusOr<PagePlace> FromPageToken(const std::string& token) {
  std::string text;
  int64_t micros = 0;
  if (absl::WebSafeBase64Unescape(token, &text)) {
    const size_t colon = text.find(':');
    if (colon != std::string::npos && absl::SimpleAtoi(text.substr(0, colon), &micros)) {
      return PagePlace{absl::FromUnixMicros(micros), text.substr(colon + 1)};
    }
  }
  return InvalidField("page_token", "PAGE_TOKEN_INVALID", "page_token is not one of ours");
}

absl::StatusOr<int> PageSize(uint32_t asked) {
  if (asked > 1000) {
    return InvalidField("page_size", "FIELD_INVALID", "page_size is at most 1000");
  }
  return asked == 0 ? 100 : static_cast<int>(asked);
}

}  // namespace narada::control::service
