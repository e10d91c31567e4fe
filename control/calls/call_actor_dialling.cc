// Calls of ours: somebody is called into a conference. (How a call that comes in begins is in
// call_actor.cc.)

#include <memory>
#include <utility>

#include "absl/strings/str_replace.h"
#include "base/log.h"
#include "control/calls/call_actor.h"

namespace narada::control::calls {

void CallActor::Dial(DialOrder order) {
  {
    absl::MutexLock lock(&mutex_);
    dialled_tenant_ = order.terms.tenant_id;
  }
  strand_.Post([self = shared_from_this(), order = std::move(order)]() mutable {
    self->phase_ = Phase::kDialling;
    self->call_.caller = {.number = order.number};
    if (std::optional<accounts::Dialled> access =
            self->services_.numbers.Find(order.terms.access_number)) {
      self->NoteDialled(*std::move(access));
    }
    self->call_.language = order.language;
    self->dialled_ = order.terms.access_number;
    self->mixer_ = order.mixer;
    self->dial_ = std::move(order);
    LOG_INFO("call {} dials {}", self->id_, self->call_.caller.number->Masked());
    self->MakeLeg({});
  });
}

std::optional<std::string> CallActor::dialled_tenant() const {
  absl::MutexLock lock(&mutex_);
  return dialled_tenant_;
}

void CallActor::GiveUp() {
  strand_.Post([self = shared_from_this()] {
    if (self->phase_ == Phase::kEnded || !self->dial_) return;
    self->dial_.reset();  // Nobody waits for it any more.
    self->gateway_->Send(self->gateway_call_id_, CancelDial{});
    self->End(HangupReason::kCompleted);
  });
}

void CallActor::NoteDial(DialNews news) {
  if (dial_) dial_->conference->NoteDial(id_, std::move(news));
}

void CallActor::On(const CallProgressed&) {
  if (phase_ == Phase::kDialling) NoteDial({.state = ParticipantState::kRinging});
}

void CallActor::On(const CallFailed& event) {
  if (phase_ != Phase::kDialling) return;
  const bool may_retry = event.reason == CallEnd::kBusy || event.reason == CallEnd::kNoAnswer;
  NoteDial({.state = ParticipantState::kFailed,
            .failure = absl::StrReplaceAll(NameOf(event.reason), {{"_", " "}}),
            .may_retry = may_retry});
  end_ = event.reason;
  dial_.reset();
  End(std::nullopt);
}

void CallActor::OnDialAnswered(const MediaAnswered& answer) {
  mixer_->AcceptAnswer(leg_id_, answer.sdp_answer, answer.signaling_address,
                       OnStrand<absl::Status>([](CallActor& self, const absl::Status& accepted) {
                         if (self.phase_ != Phase::kDialling) return;
                         self.answered_at_ = self.services_.clock.Now();
                         self.services_.reports.NoteCall(self.Record());
                         if (accepted.ok()) return self.InviteIn();
                         LOG_WARNING("call {}: its SDP answer cannot be used: {}", self.id_,
                                     accepted);
                         self.End(HangupReason::kFault);
                       }));
}

void CallActor::InviteIn() {
  phase_ = Phase::kTalking;
  NoteDial({.state = ParticipantState::kConfirming});
  LimitDuration();
  AdvanceBy(ivr::InvitationAnswered{
      .settings = std::make_shared<ivr::IvrSettings>(services_.ivr_settings),
      .caller = call_.caller,
      .language = call_.language,
      .inviter = dial_->inviter,
      .reservation_id = dial_->terms.id});
}

}  // namespace narada::control::calls
