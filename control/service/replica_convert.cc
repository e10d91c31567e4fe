#include "control/service/replica_convert.h"

#include "control/service/convert.h"

namespace narada::control::service {
namespace {

calls::RejectReason FromProto(v1::RejectReason reason) {
  switch (reason) {
    case v1::REJECT_REASON_NUMBER_UNKNOWN:
      return calls::RejectReason::kNumberUnknown;
    case v1::REJECT_REASON_BUSY:
      return calls::RejectReason::kBusy;
    case v1::REJECT_REASON_MEDIA_UNACCEPTABLE:
      return calls::RejectReason::kMediaUnacceptable;
    case v1::REJECT_REASON_OVERLOADED:
      return calls::RejectReason::kOverloaded;
    case v1::REJECT_REASON_FORBIDDEN:
      return calls::RejectReason::kForbidden;
    case v1::REJECT_REASON_MEDIA_INVALID:
      return calls::RejectReason::kMediaInvalid;
    default:
      return calls::RejectReason::kFault;
  }
}

calls::HangupReason FromProto(v1::HangupReason reason) {
  switch (reason) {
    case v1::HANGUP_REASON_MEDIA_TIMED_OUT:
      return calls::HangupReason::kMediaTimedOut;
    case v1::HANGUP_REASON_CALL_TOO_LONG:
      return calls::HangupReason::kCallTooLong;
    case v1::HANGUP_REASON_DISCONNECTED_BY_MODERATOR:
      return calls::HangupReason::kDisconnectedByModerator;
    case v1::HANGUP_REASON_CALL_UNKNOWN:
      return calls::HangupReason::kCallUnknown;
    case v1::HANGUP_REASON_FAULT:
      return calls::HangupReason::kFault;
    default:
      return calls::HangupReason::kCompleted;
  }
}

v1::ParticipantRole RoleToProto(Role role) {
  switch (role) {
    case Role::kModerator:
      return v1::PARTICIPANT_ROLE_MODERATOR;
    case Role::kPresenter:
      return v1::PARTICIPANT_ROLE_PRESENTER;
    case Role::kParticipant:
      break;
  }
  return v1::PARTICIPANT_ROLE_PARTICIPANT;
}

absl::Time TimeFromProto(const google::protobuf::Timestamp& proto) {
  return absl::FromUnixSeconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
}

}  // namespace

v1::HandedCall ToProto(const calls::HandedCall& call) {
  v1::HandedCall proto;
  proto.set_call_id(call.owner.call_id);
  proto.mutable_gateway_call()->set_gateway_id(call.owner.gateway_id);
  proto.mutable_gateway_call()->set_gateway_call_id(call.owner.gateway_call_id);
  if (call.owner.caller.number) proto.set_calling_number(call.owner.caller.number->e164());
  proto.set_is_calling_number_withheld(call.owner.caller.is_withheld);
  proto.set_trunk(call.owner.caller.trunk);
  proto.set_access_number(call.owner.access_number);
  SetTime(call.owner.started_at, *proto.mutable_start_time());
  proto.set_mixer(call.mixer_address);
  proto.set_leg_id(call.leg_id);
  proto.set_conference_key(call.conference_key);
  proto.set_language(ToProto(call.language));
  proto.set_role(RoleToProto(call.role));
  proto.set_name_prompt_id(call.name_prompt_id);
  proto.set_is_inside(call.is_inside);
  if (call.joined_at) SetTime(*call.joined_at, *proto.mutable_join_time());
  return proto;
}

std::optional<calls::HandedCall> FromProto(const v1::HandedCall& proto) {
  if (proto.call_id().empty() || proto.gateway_call().gateway_id().empty() ||
      proto.gateway_call().gateway_call_id().empty() || proto.mixer().empty() ||
      proto.leg_id().empty() || proto.conference_key().empty() || !proto.has_start_time()) {
    return std::nullopt;
  }
  calls::HandedCall call{
      .owner = {.call_id = proto.call_id(),
                .gateway_id = proto.gateway_call().gateway_id(),
                .gateway_call_id = proto.gateway_call().gateway_call_id(),
                .caller = {.number = PhoneNumber::FromE164(proto.calling_number()),
                           .is_withheld = proto.is_calling_number_withheld(),
                           .trunk = proto.trunk()},
                .access_number = proto.access_number(),
                .started_at = TimeFromProto(proto.start_time())},
      .mixer_address = proto.mixer(),
      .leg_id = proto.leg_id(),
      .conference_key = proto.conference_key(),
      .language = FromProto(proto.language()).value_or(Language::kPolish),
      .role = FromProto(proto.role()).value_or(Role::kParticipant),
      .name_prompt_id = proto.name_prompt_id(),
      .is_inside = proto.is_inside()};
  if (proto.has_join_time()) call.joined_at = TimeFromProto(proto.join_time());
  return call;
}

v1::GatewayCall ToProto(const calls::GatewayCall& call) {
  v1::GatewayCall proto;
  proto.set_gateway_id(call.gateway_id);
  proto.set_gateway_call_id(call.gateway_call_id);
  return proto;
}

calls::GatewayCall FromProto(const v1::GatewayCall& proto) {
  return {.gateway_id = proto.gateway_id(), .gateway_call_id = proto.gateway_call_id()};
}

v1::SignalRequest ToProto(const std::string& gateway_call_id, const calls::GatewayEvent& event) {
  v1::SignalRequest request;
  request.set_call_id(gateway_call_id);
  if (std::holds_alternative<calls::CallConfirmed>(event)) {
    request.mutable_confirmed();
  } else if (const auto* answered = std::get_if<calls::MediaAnswered>(&event)) {
    request.mutable_media_answered()->set_sdp_answer(answered->sdp_answer);
    request.mutable_media_answered()->set_signaling_address(answered->signaling_address);
    request.mutable_media_answered()->set_is_refused(answered->is_refused);
  } else if (const auto* offered = std::get_if<calls::MediaOffered>(&event)) {
    request.mutable_media_offered()->set_sdp_offer(offered->sdp_offer);
    request.mutable_media_offered()->set_signaling_address(offered->signaling_address);
  } else if (const auto* digits = std::get_if<calls::DigitsPressed>(&event)) {
    request.mutable_digits_pressed()->set_digits(digits->digits);
  } else if (const auto* ended = std::get_if<calls::CallEnded>(&event)) {
    const bool is_lost = ended->how == CallEnd::kLost;
    request.mutable_ended()->set_reason(is_lost ? v1::CALL_END_REASON_LOST
                                                : v1::CALL_END_REASON_HUNG_UP);
  }
  return request;  // A call that is offered or dialled has no other leader yet.
}

std::optional<calls::GatewayCommand> FromProto(const v1::SignalResponse& response) {
  switch (response.command_case()) {
    case v1::SignalResponse::kAnswer:
      return calls::Answer{response.answer().sdp()};
    case v1::SignalResponse::kReject:
      return calls::Reject{.reason = FromProto(response.reject().reason()),
                           .text = response.reject().text()};
    case v1::SignalResponse::kHangup:
      return calls::Hangup{FromProto(response.hangup().reason())};
    case v1::SignalResponse::kAnswerMedia:
      return calls::AnswerMedia{response.answer_media().sdp()};
    case v1::SignalResponse::kRejectMedia:
      return calls::RejectMedia{.reason = FromProto(response.reject_media().reason()),
                                .text = response.reject_media().text()};
    default:
      return std::nullopt;
  }
}

}  // namespace narada::control::service
