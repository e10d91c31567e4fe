// The called side of a SipDialog: requests of the peer, within a call and new ones.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/phone/sip_dialog.h"

namespace narada::phone {
namespace {

// RFC 3261 §17.2.1 and §13.3.1.4.
constexpr absl::Duration kT1 = absl::Milliseconds(500);
constexpr absl::Duration kT2 = absl::Seconds(4);
constexpr absl::Duration kGiveUp = absl::Seconds(32);  // 64 T1

}  // namespace

void SipDialog::ReceiveRequest(const SipMessage& request, const SipChannel::Peer& peer) {
  if (request.method == "ACK") {
    ReceiveAck(request);
    return;
  }
  const auto seen = responses_.find(TransactionKey(request.Branch(), request.method));
  if (seen != responses_.end()) {
    (void)channel_.Reply(peer, seen->second);
    return;
  }
  if (request.method == "INVITE" && HeaderParameter(request.Header("To"), "tag").empty()) {
    ReceiveInvite(request, peer);
    return;
  }
  if (request.method == "OPTIONS") {
    SendResponse(NewResponse(request, 200, "OK"), peer);
    return;
  }
  if (request.method == "CANCEL") {
    const bool is_ours = incoming_invite_.has_value() &&
                         incoming_invite_->Branch() == request.Branch() && !has_final_;
    SendResponse(is_ours ? NewResponse(request, 200, "OK")
                         : NewResponse(request, 481, "Call Does Not Exist"),
                 peer);
    if (is_ours) {
      report_.status = 487;
      SendFinalToInvite(NewResponse(*incoming_invite_, 487, "Request Terminated"), incoming_peer_);
      MarkEnded(true);
    }
    return;
  }
  const bool is_in_dialog = !call_id_.empty() && request.Header("Call-ID") == call_id_ &&
                            report_.is_answered && !report_.has_ended;
  if (!is_in_dialog) {
    SendResponse(NewResponse(request, 481, "Call Does Not Exist"), peer);
  } else if (request.method == "INVITE" || request.method == "UPDATE") {
    ReceiveReinvite(request, peer);
  } else if (request.method == "BYE") {
    report_.bye_reason = std::string(request.Header("Reason"));
    SendResponse(NewResponse(request, 200, "OK"), peer);
    MarkEnded(true);
  } else if (request.method == "INFO") {
    SendResponse(NewResponse(request, 200, "OK"), peer);
  } else {
    SipMessage response = NewResponse(request, 405, "Method Not Allowed");
    response.Add("Allow", Allow());
    SendResponse(response, peer);
  }
}

void SipDialog::ReceiveInvite(const SipMessage& request, const SipChannel::Peer& peer) {
  if (!call_id_.empty()) {
    SendResponse(NewResponse(request, 486, "Busy Here"), peer);
    return;
  }
  incoming_invite_ = request;
  incoming_peer_ = peer;
  began_ = PhoneLoop::Now();
  call_id_ = std::string(request.Header("Call-ID"));
  local_ = absl::StrCat(request.Header("To"), ";tag=", NewTag());
  LearnRemote(request, false);
  SendResponse(NewResponse(request, 100, "Trying"), peer);
  if (options_.answers_at_once) (void)Answer();
}

absl::Status SipDialog::Ring() {
  if (!is_incoming() || has_final_) return absl::FailedPreconditionError("no call is coming in");
  SendResponse(NewResponse(*incoming_invite_, 180, "Ringing"), incoming_peer_);
  return absl::OkStatus();
}

absl::Status SipDialog::Reject(int status, absl::string_view reason) {
  if (!is_incoming() || has_final_) return absl::FailedPreconditionError("no call is coming in");
  report_.status = status;
  report_.reason = std::string(reason);
  SendFinalToInvite(NewResponse(*incoming_invite_, status, reason), incoming_peer_);
  MarkEnded(false);
  return absl::OkStatus();
}

absl::Status SipDialog::Answer() {
  if (!is_incoming() || has_final_) return absl::FailedPreconditionError("no call is coming in");
  awaits_answer_in_ack_ = incoming_invite_->body.empty();
  std::string direction = "sendrecv";
  if (!awaits_answer_in_ack_) {
    absl::Status media = media_.Start(incoming_invite_->body);
    if (!media.ok()) {
      (void)Reject(488, "Not Acceptable Here");
      return media;
    }
    direction = std::string(AnswerDirection(media_.remote().direction));
  }
  SipMessage response = NewResponse(*incoming_invite_, 200, "OK");
  response.Add("Content-Type", "application/sdp");
  response.body = media_.LocalSdp(direction);
  report_.status = 200;
  report_.reason = "OK";
  MarkAnswered();
  media_.SetOrigin(answered_);
  SendFinalToInvite(std::move(response), incoming_peer_);
  return absl::OkStatus();
}

void SipDialog::ReceiveReinvite(const SipMessage& request, const SipChannel::Peer& peer) {
  if (options_.reinvite_status != 200) {
    SipMessage refusal = NewResponse(request, options_.reinvite_status, "Refused");
    if (request.method == "INVITE") {
      SendFinalToInvite(std::move(refusal), peer);
    } else {
      SendResponse(refusal, peer);
    }
    return;
  }
  if (!request.Header("Contact").empty()) remote_target_ = UriOf(request.Header("Contact"));
  SipMessage response = NewResponse(request, 200, "OK");
  const bool is_invite = request.method == "INVITE";
  if (!request.body.empty()) {
    if (!media_.Start(request.body).ok()) {
      SipMessage refusal = NewResponse(request, 488, "Not Acceptable Here");
      is_invite ? SendFinalToInvite(std::move(refusal), peer) : SendResponse(refusal, peer);
      return;
    }
    response.body = media_.LocalSdp(AnswerDirection(media_.remote().direction));
  } else if (is_invite) {
    response.body = media_.LocalSdp("sendrecv");
    awaits_answer_in_ack_ = true;
  }
  if (!response.body.empty()) response.Add("Content-Type", "application/sdp");
  is_invite ? SendFinalToInvite(std::move(response), peer) : SendResponse(response, peer);
}

void SipDialog::SendFinalToInvite(SipMessage response, const SipChannel::Peer& peer) {
  has_final_ = true;
  SendResponse(response, peer);
  unacknowledged_ = std::move(response);
  unacknowledged_peer_ = peer;
  repeat_interval_ = kT1;
  repeat_until_ = PhoneLoop::Now() + kGiveUp;
  loop_.Cancel(repeat_timer_);
  repeat_timer_ = loop_.At(PhoneLoop::Now() + kT1, [this] { RepeatFinal(); });
}

void SipDialog::RepeatFinal() {
  if (!unacknowledged_.has_value() || PhoneLoop::Now() >= repeat_until_) return;
  ++report_.retransmissions;
  Trace(true, *unacknowledged_);
  (void)channel_.Reply(unacknowledged_peer_, unacknowledged_->Serialize());
  repeat_interval_ = std::min(repeat_interval_ * 2, kT2);
  repeat_timer_ = loop_.At(PhoneLoop::Now() + repeat_interval_, [this] { RepeatFinal(); });
}

void SipDialog::ReceiveAck(const SipMessage& request) {
  if (!unacknowledged_.has_value() || unacknowledged_->CSeqNumber() != request.CSeqNumber()) return;
  unacknowledged_.reset();
  loop_.Cancel(repeat_timer_);
  if (!awaits_answer_in_ack_) return;
  awaits_answer_in_ack_ = false;
  if (!media_.Start(request.body).ok()) HangUp();
}

void SipDialog::SendResponse(const SipMessage& response, const SipChannel::Peer& peer) {
  Trace(true, response);
  const std::string text = response.Serialize();
  responses_[TransactionKey(response.Branch(), response.method)] = text;
  (void)channel_.Reply(peer, text);
}

}  // namespace narada::phone
