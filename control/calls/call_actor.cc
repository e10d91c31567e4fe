#include "control/calls/call_actor.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "control/calls/call_end.h"

namespace narada::control::calls {
namespace {

// A far end that does not confirm our answer may hear us all the same (a lost ACK is repeated by SIP).
constexpr absl::Duration kConfirmationMax = absl::Seconds(2);
// Where a mixer or all of them are full and say nothing better.
constexpr absl::Duration kRetryAfter = absl::Seconds(5);
// From the last words on a call that is too long to its end by force.
constexpr absl::Duration kLastWordsMax = absl::Seconds(30);
// A room of one that nobody is in any more goes by itself, if we should not come to delete it.
constexpr absl::Duration kEmptyRoomTimeout = absl::Seconds(30);
// What is kept of a name and of a number that cannot be read.
constexpr size_t kNameBytesMax = 128;
constexpr size_t kDialledBytesMax = 32;

}  // namespace

CallActor::CallActor(const CallServices& services, CallHost& host, std::shared_ptr<Gateway> gateway,
                     std::string gateway_call_id, std::string id)
    : services_(services),
      host_(host),
      id_(std::move(id)),
      gateway_id_(gateway->id()),
      gateway_call_id_(std::move(gateway_call_id)),
      ivr_room_id_(absl::StrCat("ivr-", id_)),
      playback_prefix_(absl::StrCat(
          id_, "-", absl::Hex(static_cast<uint32_t>(services.random.Next()), absl::kZeroPad8),
          "-")),
      strand_(services.executor),
      gateway_(std::move(gateway)),
      call_{.id = id_, .dialled = services.numbers.front(), .started_at = services.clock.Now()} {}

mixers::Mixer::Done CallActor::LogFailureOf(absl::string_view what) const {
  return [id = id_, what](absl::Status status) {
    if (!status.ok()) LOG_WARNING("call {}: {} failed: {}", id, what, status);
  };
}

void CallActor::OnGateway(GatewayEvent event) {
  strand_.Post([self = shared_from_this(), event = std::move(event)]() mutable {
    if (self->phase_ == Phase::kEnded) return;
    std::visit([&](auto& what) { self->On(std::move(what)); }, event);
  });
}

void CallActor::Rebind(std::shared_ptr<Gateway> gateway) {
  strand_.Post([self = shared_from_this(), gateway = std::move(gateway)]() mutable {
    self->gateway_ = std::move(gateway);
  });
}

void CallActor::Tell(ivr::IvrEvent event) {
  strand_.Post([self = shared_from_this(), event = std::move(event)] {
    if (self->phase_ == Phase::kEnded) return;
    if (const auto* left = std::get_if<ivr::ConferenceLeft>(&event)) {
      if (left->why == ivr::ConferenceLeft::Why::kRemoved) {
        self->hangup_reason_ = HangupReason::kDisconnectedByModerator;
      }
    }
    self->AdvanceBy(event);
  });
}

// ---- From the offer to the dialogue -------------------------------------------------------

void CallActor::On(CallOffered offer) {
  std::optional<accounts::Dialled> dialled = services_.numbers.Find(offer.called_number);
  dialled_ =
      dialled ? dialled->number.number.e164() : offer.called_number.substr(0, kDialledBytesMax);
  const bool has_name =
      !offer.is_calling_number_withheld && offer.calling_name.size() <= kNameBytesMax;
  if (has_name) name_ = offer.calling_name;
  if (!dialled) {
    return Refuse(RejectReason::kNumberUnknown, "this number is not served here", std::nullopt);
  }
  NoteDialled(*std::move(dialled));
  call_.caller = {.number = services_.settings.numbering.FromDialled(offer.calling_number),
                  .is_withheld = offer.is_calling_number_withheld,
                  .trunk = offer.trunk};
  LOG_INFO("call {} ({} of {}) from {} to {}", id_, gateway_call_id_, gateway_id_,
           call_.caller.number ? call_.caller.number->Masked() : "an unknown number",
           call_.dialled.number.Masked());
  mixer_ = services_.mixers.LeastLoaded();
  if (mixer_ == nullptr) {
    return Refuse(RejectReason::kOverloaded, "no mixer is ready", kRetryAfter);
  }
  MakeLeg(std::move(offer));
}

void CallActor::MakeLeg(CallOffered offer) {
  mixer_->CreateRoom({.room_id = ivr_room_id_, .empty_timeout = kEmptyRoomTimeout},
                     OnStrand<absl::Status>([offer = std::move(offer)](
                                                CallActor& self, const absl::Status& made) mutable {
                       if (self.phase_ == Phase::kEnded) {  // The caller gave up meanwhile.
                         return self.mixer_->DeleteRoom(self.ivr_room_id_,
                                                        self.LogFailureOf("deleting its room"));
                       }
                       if (!made.ok()) return self.RefuseFor(made);
                       self.AddLeg(std::move(offer));
                     }));
}

void CallActor::AddLeg(CallOffered offer) {
  // Each attempt to call somebody has a leg of its own.
  mixer_->AddLeg({.request_id = dial_ ? gateway_call_id_ : id_,
                  .room_id = ivr_room_id_,
                  .sdp_offer = std::move(offer.sdp_offer),
                  .signaling_address = std::move(offer.signaling_address),
                  .labels = ToLabels({.call_id = id_,
                                      .gateway_id = gateway_id_,
                                      .gateway_call_id = gateway_call_id_,
                                      .caller = call_.caller,
                                      .access_number = call_.dialled.number.e164(),
                                      .started_at = call_.started_at,
                                      .is_dialled = dial_.has_value(),
                                      .dialled_tenant_id = dialled_tenant().value_or("")})},
                 OnStrand<absl::StatusOr<mixers::AddedLeg>>(
                     [](CallActor& self, absl::StatusOr<mixers::AddedLeg> added) {
                       self.OnLegAdded(std::move(added));
                     }));
}

void CallActor::OnLegAdded(absl::StatusOr<mixers::AddedLeg> added) {
  if (phase_ == Phase::kEnded) {  // The caller gave up meanwhile.
    if (added.ok()) {
      mixer_->RemoveLeg(added->leg_id, [log = LogFailureOf("removing its leg")](
                                           const auto& removed) mutable { log(removed.status()); });
    }
    mixer_->DeleteRoom(ivr_room_id_, LogFailureOf("deleting its room"));
    return;
  }
  if (!added.ok()) return RefuseFor(added.status());
  leg_id_ = std::move(added->leg_id);
  host_.NoteLeg(shared_from_this(), mixer_->address(), leg_id_);
  if (dial_) {
    return gateway_->Send(gateway_call_id_, calls::Dial{.called = *call_.caller.number,
                                                        .calling = call_.dialled.number,
                                                        .sdp_offer = std::move(added->sdp),
                                                        .ring_max = services_.settings.ring_max});
  }
  phase_ = Phase::kAnswered;
  answered_at_ = services_.clock.Now();
  services_.reports.NoteCall(Record());
  gateway_->Send(gateway_call_id_, Answer{std::move(added->sdp)});
  services_.executor.PostAfter(kConfirmationMax, [self = shared_from_this()] {
    self->strand_.Post([self] { self->StartDialogue(); });
  });
}

void CallActor::On(const CallConfirmed&) { StartDialogue(); }

void CallActor::StartDialogue() {
  if (phase_ != Phase::kAnswered) return;
  phase_ = Phase::kTalking;
  LimitDuration();
  auto settings = std::make_shared<ivr::IvrSettings>(services_.ivr_settings);
  settings->room_digits_max = services_.reservations.room_digits_max();
  settings->pin_digits_max = services_.reservations.pin_digits_max();
  if (!call_.dialled.tenant.empty()) {
    // Its menu reaches reservations, too; otherwise there are only its own rooms.
    const bool has_reservations = call_.dialled.entry == EntryKind::kMenu;
    const int room_digits = services_.numbers.room_digits_max();
    const int pin_digits = services_.accounts.settings().pin_digits;
    settings->room_digits_max =
        has_reservations ? std::max(settings->room_digits_max, room_digits) : room_digits;
    settings->pin_digits_max =
        has_reservations ? std::max(settings->pin_digits_max, pin_digits) : pin_digits;
  }
  AdvanceBy(ivr::CallStarted{
      .settings = std::move(settings), .dialled = call_.dialled, .caller = call_.caller});
}

void CallActor::NoteDialled(accounts::Dialled dialled) {
  call_.dialled = std::move(dialled.number);
  call_.language = call_.dialled.language;
  tenant_ = std::move(dialled.tenant);
}

void CallActor::LimitDuration() {
  const absl::Duration left =
      call_.started_at + services_.settings.call_max - services_.clock.Now();
  services_.executor.PostAfter(left, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->strand_.Post([self] { self->OnCallTooLong(); });
  });
}

void CallActor::OnCallTooLong() {
  if (phase_ == Phase::kEnded) return;
  hangup_reason_ = HangupReason::kCallTooLong;
  AdvanceBy(ivr::ConferenceLeft{.why = ivr::ConferenceLeft::Why::kCallLimit});
  services_.executor.PostAfter(kLastWordsMax, [self = shared_from_this()] {
    self->strand_.Post([self] { self->End(HangupReason::kCallTooLong); });
  });
}

void CallActor::Refuse(RejectReason reason, const std::string& text,
                       std::optional<absl::Duration> retry) {
  if (dial_) {
    LOG_WARNING("call {} cannot be made: {}", id_, text);
    NoteDial({.state = ParticipantState::kFailed, .failure = "no mixer", .may_retry = true});
    dial_.reset();
    return End(std::nullopt);
  }
  LOG_INFO("call {} is refused: {}", id_, text);
  end_ = EndOf(reason);
  gateway_->Send(gateway_call_id_, Reject{reason, text, retry});
  End(std::nullopt);
}

void CallActor::RefuseFor(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  const std::string text(status.message());
  if (reason == "SDP_INVALID") return Refuse(RejectReason::kMediaInvalid, text, std::nullopt);
  if (reason == "MEDIA_UNACCEPTABLE") {
    return Refuse(RejectReason::kMediaUnacceptable, text, std::nullopt);
  }
  const bool is_overload = status.code() == absl::StatusCode::kResourceExhausted ||
                           status.code() == absl::StatusCode::kUnavailable;
  if (is_overload) {
    return Refuse(RejectReason::kOverloaded, text, RetryAfterOf(status).value_or(kRetryAfter));
  }
  Refuse(RejectReason::kFault, text, std::nullopt);
}

// ---- Signaling of a call that is up -------------------------------------------------------

void CallActor::On(const MediaAnswered& event) {
  if (leg_id_.empty() || event.is_refused) return;  // Refused: the media stays as it was.
  if (phase_ == Phase::kDialling) return OnDialAnswered(event);
  mixer_->AcceptAnswer(leg_id_, event.sdp_answer, event.signaling_address,
                       OnStrand<absl::Status>([](CallActor& self, const absl::Status& accepted) {
                         if (accepted.ok()) return;
                         LOG_WARNING("call {}: its SDP answer cannot be used: {}", self.id_,
                                     accepted);
                         // Without media from the beginning there is nothing to go on with; later the old media stays.
                         if (self.phase_ == Phase::kAnswered) self.End(HangupReason::kFault);
                       }));
}

void CallActor::On(const MediaOffered& event) {
  if (leg_id_.empty()) {
    gateway_->Send(gateway_call_id_,
                   RejectMedia{RejectReason::kFault, "the call has no media yet"});
    return;
  }
  mixer_->Negotiate(
      leg_id_, event.sdp_offer, event.signaling_address,
      OnStrand<absl::StatusOr<std::string>>([](CallActor& self, absl::StatusOr<std::string> sdp) {
        if (self.phase_ == Phase::kEnded) return;
        if (sdp.ok()) {
          self.gateway_->Send(self.gateway_call_id_, AnswerMedia{*std::move(sdp)});
          return;
        }
        const bool is_unreadable = ReasonOf(sdp.status()) == "SDP_INVALID";
        self.gateway_->Send(self.gateway_call_id_,
                            RejectMedia{is_unreadable ? RejectReason::kMediaInvalid
                                                      : RejectReason::kMediaUnacceptable,
                                        std::string(sdp.status().message())});
      }));
}

void CallActor::On(const DigitsPressed& event) {
  // By way of the mixer, which knows whether the same press arrives as audio, too.
  if (!leg_id_.empty()) {
    mixer_->InjectDigits(leg_id_, event.digits, LogFailureOf("injecting digits"));
  }
}

void CallActor::On(const CallEnded& event) {
  const bool was_given_up = phase_ == Phase::kOffered && event.how == CallEnd::kHungUp;
  end_ = was_given_up ? CallEnd::kCancelled : event.how;
  End(std::nullopt);
}

void CallActor::OnLeg(mixers::LegEventKind event) {
  strand_.Post([self = shared_from_this(), event = std::move(event)] {
    if (self->phase_ == Phase::kEnded) return;
    if (const auto* digit = std::get_if<mixers::DigitReceived>(&event)) {
      if (self->phase_ == Phase::kTalking) self->AdvanceBy(ivr::DigitPressed{digit->digit});
    } else if (const auto* ended = std::get_if<mixers::PlaybackEnded>(&event)) {
      uint32_t number = 0;
      if (absl::StartsWith(ended->playback_id, self->playback_prefix_) &&
          absl::SimpleAtoi(ended->playback_id.substr(self->playback_prefix_.size()), &number)) {
        self->AdvanceBy(ivr::PlaybackEnded{number});
      }
    } else if (const auto* speaking = std::get_if<mixers::SpeakingChanged>(&event)) {
      if (self->conference_) {
        self->speech_.Note(speaking->is_speaking, self->services_.clock.Now());
        self->conference_->NoteSpeaking(self->id_, speaking->is_speaking);
      }
    } else if (const auto* reported = std::get_if<mixers::QualityReported>(&event)) {
      self->quality_.Add(reported->quality);
      self->quality_course_.Add(reported->quality, self->services_.clock.Now());
      if (self->conference_) self->conference_->NoteQuality(self->id_, reported->quality);
    } else if (std::holds_alternative<mixers::MediaTimedOut>(event)) {
      LOG_INFO("call {}: no more media", self->id_);
      self->End(HangupReason::kMediaTimedOut);
    } else if (std::holds_alternative<mixers::LegGone>(event)) {
      LOG_WARNING("call {}: its leg is gone", self->id_);
      self->leg_id_.clear();
      self->End(HangupReason::kFault);
    }
  });
}

void CallActor::OnMixerResumed() {
  strand_.Post([self = shared_from_this()] {
    // The dialogue goes on behind what was spoken; who is alone gets music again.
    if (self->phase_ == Phase::kTalking) self->AdvanceBy(ivr::PlaybackLost{});
  });
}

void CallActor::End(std::optional<HangupReason> reason) {
  if (phase_ == Phase::kEnded) return;
  if (reason) {
    end_ = EndOf(*reason);
    gateway_->Send(gateway_call_id_, Hangup{*reason});
  }
  if (phase_ == Phase::kTalking) AdvanceBy(ivr::CallEnded{});
  phase_ = Phase::kEnded;
  if (conference_ && call_.caller.number) {
    host_.NoteLeft(conference_->terms_id(), *call_.caller.number);
  }
  // The person was reached and did not come in.
  NoteDial({.state = ParticipantState::kFailed, .failure = "not confirmed"});
  dial_.reset();
  if (is_remembered_) {
    services_.database.SubmitInOrder(
        id_,
        [id = id_](storage::Transaction& transaction) {
          storage::DeleteCall(transaction, id);
          return absl::OkStatus();
        },
        LogFailureOf("forgetting it"));
  }
  if (!name_recording_id_.empty()) {
    // It may not run any more.
    mixer_->StopRecording(name_recording_id_, [](const absl::StatusOr<mixers::TrackSizes>&) {});
    mixer_->DeleteRecording(name_recording_id_, LogFailureOf("forgetting a name"));
  }
  // In a conference the name is said once more.
  if (!name_prompt_id_.empty() && conference_ == nullptr) {
    mixer_->DeletePrompt(name_prompt_id_, LogFailureOf("forgetting a name"));
  }
  // The conference hears of it when the leg is really gone: the last to leave takes the room along.
  auto leave = [conference = std::exchange(conference_, nullptr), id = id_] {
    if (conference) conference->Leave(id);
  };
  CallRecord record = Record();
  record.ended_at = services_.clock.Now();
  record.end = end_;
  if (leg_id_.empty()) {
    record.quality = quality_.Whole();
    services_.reports.NoteCall(std::move(record));
    leave();
    if (mixer_) mixer_->DeleteRoom(ivr_room_id_, LogFailureOf("deleting its room"));
  } else {
    mixer_->RemoveLeg(leg_id_, [mixer = mixer_, room = ivr_room_id_, leave = std::move(leave),
                                &reports = services_.reports, record = std::move(record),
                                quality = quality_, log = LogFailureOf("removing its leg"),
                                log_room = LogFailureOf("deleting its room")](
                                   absl::StatusOr<std::optional<CallQuality>> removed) mutable {
      if (removed.ok() && *removed) quality.Add(**removed);
      record.quality = quality.Whole();
      reports.NoteCall(std::move(record));
      log(removed.status());
      leave();
      mixer->DeleteRoom(room, std::move(log_room));
    });
  }
  LOG_INFO("call {} ended after {}", id_,
           absl::FormatDuration(
               absl::Trunc(services_.clock.Now() - call_.started_at, absl::Milliseconds(100))));
  host_.Forget(*this);
}

}  // namespace narada::control::calls
