#include "sip/signal_translation.h"

#include <utility>

#include "absl/time/time.h"

namespace narada::sip {
namespace {

namespace pb = control::v1;

pb::CallEndReason ToProto(EndReason reason) {
  switch (reason) {
    case EndReason::kHungUp:
      return pb::CALL_END_REASON_HUNG_UP;
    case EndReason::kCancelled:
      return pb::CALL_END_REASON_CANCELLED;
    case EndReason::kBusy:
      return pb::CALL_END_REASON_BUSY;
    case EndReason::kNoAnswer:
      return pb::CALL_END_REASON_NO_ANSWER;
    case EndReason::kRejected:
      return pb::CALL_END_REASON_REJECTED;
    case EndReason::kNumberUnknown:
      return pb::CALL_END_REASON_NUMBER_UNKNOWN;
    case EndReason::kLost:
      return pb::CALL_END_REASON_LOST;
    case EndReason::kMediaUnacceptable:
      return pb::CALL_END_REASON_MEDIA_UNACCEPTABLE;
  }
  return pb::CALL_END_REASON_UNSPECIFIED;
}

RefusalReason FromProto(pb::RejectReason reason) {
  switch (reason) {
    case pb::REJECT_REASON_NUMBER_UNKNOWN:
      return RefusalReason::kNumberUnknown;
    case pb::REJECT_REASON_BUSY:
      return RefusalReason::kBusy;
    case pb::REJECT_REASON_MEDIA_UNACCEPTABLE:
      return RefusalReason::kMediaUnacceptable;
    case pb::REJECT_REASON_OVERLOADED:
      return RefusalReason::kOverloaded;
    case pb::REJECT_REASON_FORBIDDEN:
      return RefusalReason::kForbidden;
    case pb::REJECT_REASON_FAULT:
      return RefusalReason::kFault;
    case pb::REJECT_REASON_MEDIA_INVALID:
      return RefusalReason::kMediaInvalid;
    default:
      return RefusalReason::kUnspecified;
  }
}

HangupReason FromProto(pb::HangupReason reason) {
  switch (reason) {
    case pb::HANGUP_REASON_COMPLETED:
      return HangupReason::kCompleted;
    case pb::HANGUP_REASON_MEDIA_TIMED_OUT:
      return HangupReason::kMediaTimedOut;
    case pb::HANGUP_REASON_CALL_TOO_LONG:
      return HangupReason::kCallTooLong;
    case pb::HANGUP_REASON_DISCONNECTED_BY_MODERATOR:
      return HangupReason::kDisconnectedByModerator;
    case pb::HANGUP_REASON_CALL_UNKNOWN:
      return HangupReason::kCallUnknown;
    case pb::HANGUP_REASON_DRAINED:
      return HangupReason::kDrained;
    case pb::HANGUP_REASON_FAULT:
      return HangupReason::kFault;
    default:
      return HangupReason::kUnspecified;
  }
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

// One Fill for each alternative of CallEvent.
void Fill(const CallOffered& from, pb::SignalRequest& to) {
  pb::CallOffered& offered = *to.mutable_offered();
  offered.set_called_number(from.called_number);
  offered.set_calling_number(from.calling_number);
  offered.set_is_calling_number_withheld(from.is_calling_number_withheld);
  offered.set_calling_name(from.calling_name);
  offered.set_sdp_offer(from.sdp_offer);
  offered.set_signaling_address(from.signaling_address);
  offered.set_trunk(from.trunk);
}
void Fill(const CallProgressed& from, pb::SignalRequest& to) {
  to.mutable_progressed()->set_sip_status(static_cast<uint32_t>(from.sip_status));
}
void Fill(const CallAnswered& from, pb::SignalRequest& to) {
  to.mutable_answered()->set_sdp_answer(from.sdp_answer);
  to.mutable_answered()->set_signaling_address(from.signaling_address);
}
void Fill(const CallFailed& from, pb::SignalRequest& to) {
  to.mutable_failed()->set_reason(ToProto(from.reason));
  to.mutable_failed()->set_sip_status(static_cast<uint32_t>(from.sip_status));
  to.mutable_failed()->set_reason_phrase(from.reason_phrase);
}
void Fill(const CallConfirmed&, pb::SignalRequest& to) { to.mutable_confirmed(); }
void Fill(const MediaOffered& from, pb::SignalRequest& to) {
  to.mutable_media_offered()->set_sdp_offer(from.sdp_offer);
  to.mutable_media_offered()->set_signaling_address(from.signaling_address);
}
void Fill(const MediaAnswered& from, pb::SignalRequest& to) {
  to.mutable_media_answered()->set_sdp_answer(from.sdp_answer);
  to.mutable_media_answered()->set_is_refused(from.is_refused);
  to.mutable_media_answered()->set_signaling_address(from.signaling_address);
}
void Fill(const DigitsPressed& from, pb::SignalRequest& to) {
  to.mutable_digits_pressed()->set_digits(from.digits);
}
void Fill(const CallEnded& from, pb::SignalRequest& to) {
  to.mutable_ended()->set_reason(ToProto(from.reason));
  to.mutable_ended()->set_sip_status(static_cast<uint32_t>(from.sip_status));
}

}  // namespace

pb::SignalRequest ToProto(const CallEvent& event) {
  pb::SignalRequest request;
  request.set_call_id(event.call_id);
  std::visit([&](const auto& what) { Fill(what, request); }, event.what);
  return request;
}

absl::optional<CallCommand> FromProto(const pb::SignalResponse& response) {
  CallCommand command;
  command.call_id = response.call_id();
  switch (response.command_case()) {
    case pb::SignalResponse::kRing:
      command.what = RingCall{};
      return command;
    case pb::SignalResponse::kAnswer:
      command.what = AnswerCall{response.answer().sdp()};
      return command;
    case pb::SignalResponse::kReject:
      command.what = RejectCall{FromProto(response.reject().reason()), response.reject().text(),
                                FromProto(response.reject().retry_after())};
      return command;
    case pb::SignalResponse::kHangup:
      command.what = HangupCall{FromProto(response.hangup().reason())};
      return command;
    case pb::SignalResponse::kOfferMedia:
      command.what = OfferMedia{response.offer_media().sdp_offer()};
      return command;
    case pb::SignalResponse::kAnswerMedia:
      command.what = AnswerMedia{response.answer_media().sdp()};
      return command;
    case pb::SignalResponse::kRejectMedia:
      command.what =
          RejectMedia{FromProto(response.reject_media().reason()), response.reject_media().text()};
      return command;
    case pb::SignalResponse::kDial:
      command.what =
          DialCall{response.dial().called_number(), response.dial().calling_number(),
                   response.dial().sdp_offer(), FromProto(response.dial().ring_timeout())};
      return command;
    case pb::SignalResponse::kCancelDial:
      command.what = CancelDial{};
      return command;
    case pb::SignalResponse::kWelcome:
    case pb::SignalResponse::COMMAND_NOT_SET:
      break;
  }
  return absl::nullopt;
}

}  // namespace narada::sip
