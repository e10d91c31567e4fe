#include "control/calls/call_actor.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"

namespace narada::control::calls {
namespace {

// A far end that does not confirm our answer may hear us all the same (a lost ACK is repeated by SIP).
constexpr absl::Duration kConfirmationMax = absl::Seconds(2);
// Where a mixer or all of them are full and say nothing better.
constexpr absl::Duration kRetryAfter = absl::Seconds(5);
// From the last words on a call that is too long to its end by force.
constexpr absl::Duration kLastWordsMax = absl::Seconds(30);
// The room beneath words that are spoken to somebody in it.
constexpr double kDuckDb = -12;
// A room of one that nobody is in any more goes by itself, if we should not come to delete it.
constexpr absl::Duration kEmptyRoomTimeout = absl::Seconds(30);

const AccessNumber* FindAccessNumber(const CallSettings& settings, const std::string& called) {
  const std::optional<PhoneNumber> number = settings.numbering.FromDialled(called);
  if (!number) return nullptr;
  for (const AccessNumber& access : settings.access_numbers) {
    if (access.number == *number) return &access;
  }
  return nullptr;
}

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
      call_{.id = id_,
            .dialled = services.settings.access_numbers.front(),
            .started_at = services.clock.Now()} {}

template <typename T, typename Handle>
absl::AnyInvocable<void(T)> CallActor::OnStrand(Handle handle) {
  return [self = shared_from_this(), handle = std::move(handle)](T value) mutable {
    self->strand_.Post([self, handle = std::move(handle), value = std::move(value)]() mutable {
      handle(*self, std::move(value));
    });
  };
}

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
  const AccessNumber* dialled = FindAccessNumber(services_.settings, offer.called_number);
  if (dialled == nullptr) {
    return Refuse(RejectReason::kNumberUnknown, "this number is not served here", std::nullopt);
  }
  call_.dialled = *dialled;
  call_.language = dialled->language;
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
  mixer_->AddLeg({.request_id = id_,
                  .room_id = ivr_room_id_,
                  .sdp_offer = std::move(offer.sdp_offer),
                  .signaling_address = std::move(offer.signaling_address),
                  .labels = ToLabels({.call_id = id_,
                                      .gateway_id = gateway_id_,
                                      .gateway_call_id = gateway_call_id_,
                                      .caller = call_.caller,
                                      .access_number = call_.dialled.number.e164(),
                                      .started_at = call_.started_at})},
                 OnStrand<absl::StatusOr<mixers::AddedLeg>>(
                     [](CallActor& self, absl::StatusOr<mixers::AddedLeg> added) {
                       self.OnLegAdded(std::move(added));
                     }));
}

void CallActor::OnLegAdded(absl::StatusOr<mixers::AddedLeg> added) {
  if (phase_ == Phase::kEnded) {  // The caller gave up meanwhile.
    if (added.ok()) mixer_->RemoveLeg(added->leg_id, LogFailureOf("removing its leg"));
    mixer_->DeleteRoom(ivr_room_id_, LogFailureOf("deleting its room"));
    return;
  }
  if (!added.ok()) return RefuseFor(added.status());
  leg_id_ = std::move(added->leg_id);
  host_.NoteLeg(shared_from_this(), mixer_->address(), leg_id_);
  phase_ = Phase::kAnswered;
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
  AdvanceBy(ivr::CallStarted{
      .settings = std::move(settings), .dialled = call_.dialled, .caller = call_.caller});
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
  LOG_INFO("call {} is refused: {}", id_, text);
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

void CallActor::On(const CallEnded&) { End(std::nullopt); }

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
      if (self->conference_) self->conference_->NoteSpeaking(self->id_, speaking->is_speaking);
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

void CallActor::End(std::optional<HangupReason> reason) {
  if (phase_ == Phase::kEnded) return;
  if (reason) gateway_->Send(gateway_call_id_, Hangup{*reason});
  if (phase_ == Phase::kTalking) AdvanceBy(ivr::CallEnded{});
  phase_ = Phase::kEnded;
  if (conference_ && call_.caller.number) {
    host_.NoteLeft(conference_->reservation_id(), *call_.caller.number);
  }
  // The conference hears of it when the leg is really gone: the last to leave takes the room along.
  auto leave = [conference = std::exchange(conference_, nullptr), id = id_] {
    if (conference) conference->Leave(id);
  };
  if (leg_id_.empty()) {
    leave();
    if (mixer_) mixer_->DeleteRoom(ivr_room_id_, LogFailureOf("deleting its room"));
  } else {
    mixer_->RemoveLeg(leg_id_,
                      [mixer = mixer_, room = ivr_room_id_, leave = std::move(leave),
                       log = LogFailureOf("removing its leg"),
                       log_room = LogFailureOf("deleting its room")](absl::Status removed) mutable {
                        log(std::move(removed));
                        leave();
                        mixer->DeleteRoom(room, std::move(log_room));
                      });
  }
  LOG_INFO("call {} ended after {}", id_,
           absl::FormatDuration(
               absl::Trunc(services_.clock.Now() - call_.started_at, absl::Milliseconds(100))));
  host_.Forget(*this);
}

// ---- The dialogue's actions ---------------------------------------------------------------

void CallActor::AdvanceBy(const ivr::IvrEvent& event) {
  ivr::IvrStep step = ivr::Advance(state_, event, services_.clock.Now());
  state_ = std::move(step.state);
  for (const ivr::IvrAction& action : step.actions) {
    std::visit([this](const auto& what) { Do(what); }, action);
  }
}

void CallActor::Do(const ivr::Play& action) {
  if (leg_id_.empty()) return;
  std::vector<mixers::PlayItem> items = services_.speak(action.language, action.phrases);
  const uint32_t number = action.playback;
  mixers::NewPlayback playback{.playback_id = absl::StrCat(playback_prefix_, number),
                               .target = mixers::LegTarget{leg_id_},
                               .items = std::move(items),
                               .loop = action.loop,
                               .digit_barges_in = action.barge_in};
  // Words in a conference are spoken over it; music is for who is alone there.
  if (state_.stage == ivr::Stage::kInConference && !action.loop) playback.duck_db = kDuckDb;
  mixer_->Play(std::move(playback),
               OnStrand<absl::Status>([number](CallActor& self, const absl::Status& played) {
                 if (played.ok() || self.phase_ == Phase::kEnded) return;
                 LOG_WARNING("call {}: a prompt could not be played: {}", self.id_, played);
                 self.AdvanceBy(ivr::PlaybackEnded{number});  // The dialogue goes on without it.
               }));
}

void CallActor::Do(const ivr::StopPlayback&) {
  if (leg_id_.empty()) return;
  mixer_->StopPlayback(mixers::LegTarget{leg_id_}, LogFailureOf("stopping a prompt"));
}

void CallActor::Do(const ivr::StartTimer& action) {
  // A timer that was stopped or replaced fires all the same; the dialogue knows it by its number.
  services_.executor.PostAfter(action.after, [weak = weak_from_this(), timer = action.timer] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->strand_.Post([self, timer] {
      if (self->phase_ == Phase::kTalking) self->AdvanceBy(ivr::TimerFired{timer});
    });
  });
}

void CallActor::Do(const ivr::StopTimer&) {}

void CallActor::Do(const ivr::SetLanguage& action) { call_.language = action.language; }

void CallActor::Do(const ivr::LookUpRoom& action) {
  const absl::Time answer_at = services_.clock.Now() + services_.settings.lookup_time;
  const uint32_t request = action.request;
  auto done = [self = shared_from_this(), request,
               answer_at](absl::StatusOr<reservations::ReservationRecord> found) {
    self->services_.executor.PostAfter(
        answer_at - self->services_.clock.Now(), [self, request, found = std::move(found)] {
          self->strand_.Post([self, request, found] { self->OnFound(request, found); });
        });
  };
  if (!action.room) {  // Entry by PIN alone: permanent rooms, which do not exist yet.
    return done(
        ErrorWithReason(absl::StatusCode::kNotFound, "RESERVATION_UNKNOWN", "no such room"));
  }
  services_.reservations.Find(*action.room, action.pin,
                              services_.reservations.settings().terms.reentry, std::move(done));
}

void CallActor::OnFound(uint32_t request,
                        const absl::StatusOr<reservations::ReservationRecord>& found) {
  if (phase_ != Phase::kTalking) return;
  using Outcome = ivr::RoomLookedUp::Outcome;
  ivr::RoomLookedUp answer{.request = request, .outcome = Outcome::kRefused};
  if (found.ok()) {
    const bool may_return = call_.caller.number && host_.MayReturn(found->id, *call_.caller.number);
    if (found->IsOpen(services_.clock.Now()) || may_return) {
      answer.outcome = Outcome::kAccepted;
      answer.reservation_id = found->id;
    }
  } else if (found.status().code() != absl::StatusCode::kNotFound) {
    LOG_ERROR("call {}: a room could not be looked up: {}", id_, found.status());
    answer.outcome = Outcome::kUnavailable;
  }
  AdvanceBy(answer);
}

void CallActor::Do(const ivr::Reserve& action) {
  const bool wants_sms = action.sms_to.has_value();
  services_.reservations.Make(
      {.language = action.language,
       .organiser = call_.caller.is_withheld ? std::nullopt : call_.caller.number,
       .sms_to = action.sms_to,
       .access_number = call_.dialled.number},
      OnStrand<absl::StatusOr<reservations::MadeReservation>>(
          [request = action.request, wants_sms](
              CallActor& self, const absl::StatusOr<reservations::MadeReservation>& made) {
            if (self.phase_ != Phase::kTalking) return;
            using Outcome = ivr::ReservationAnswered::Outcome;
            ivr::ReservationAnswered answer{.request = request};
            if (made.ok()) {
              LOG_INFO("call {} reserved room {}", self.id_, made->record.room.digits());
              answer.outcome = Outcome::kMade;
              answer.reservation_id = made->record.id;
              answer.room = made->record.room;
              answer.pin = made->pin;
              answer.expires_at = made->record.expires_at;
              answer.sms_accepted = wants_sms;
            } else {
              LOG_ERROR("call {}: no reservation was made: {}", self.id_, made.status());
              const bool is_limit = ReasonOf(made.status()) == "ROOMS_EXHAUSTED";
              answer.outcome = is_limit ? Outcome::kRefused : Outcome::kUnavailable;
            }
            self.AdvanceBy(answer);
          }));
}

void CallActor::Do(const ivr::Extend& action) {
  // As long as a look-up, whether it was right or wrong.
  const absl::Time answer_at = services_.clock.Now() + services_.settings.lookup_time;
  services_.reservations.Extend("", action.room, action.pin,
                                [self = shared_from_this(), request = action.request,
                                 answer_at](absl::StatusOr<reservations::Extension> extended) {
                                  self->services_.executor.PostAfter(
                                      answer_at - self->services_.clock.Now(),
                                      [self, request, extended = std::move(extended)] {
                                        self->strand_.Post([self, request, extended] {
                                          self->OnExtended(request, extended);
                                        });
                                      });
                                });
}

void CallActor::Do(const ivr::ExtendFromInside& action) {
  if (conference_ == nullptr) {
    return Tell(ivr::ExtensionAnswered{.request = action.request,
                                       .outcome = ivr::ExtensionAnswered::Outcome::kRefused});
  }
  services_.reservations.ExtendFromInside(
      conference_->reservation_id(),
      OnStrand<absl::StatusOr<reservations::Extension>>(
          [request = action.request](CallActor& self,
                                     const absl::StatusOr<reservations::Extension>& extended) {
            self.OnExtended(request, extended);
          }));
}

void CallActor::OnExtended(uint32_t request,
                           const absl::StatusOr<reservations::Extension>& extended) {
  if (extended.ok() && !extended->is_too_far_ahead) host_.NoteExpiry(extended->record);
  if (phase_ != Phase::kTalking) return;
  using Outcome = ivr::ExtensionAnswered::Outcome;
  ivr::ExtensionAnswered answer{.request = request};
  if (extended.ok()) {
    answer.outcome = extended->is_too_far_ahead ? Outcome::kTooFarAhead : Outcome::kExtended;
    answer.expires_at = extended->record.expires_at;
  } else if (extended.status().code() == absl::StatusCode::kNotFound) {
    answer.outcome = Outcome::kRefused;
  } else {
    LOG_ERROR("call {}: a reservation was not extended: {}", id_, extended.status());
    answer.outcome = Outcome::kUnavailable;
  }
  AdvanceBy(answer);
}

void CallActor::Do(const ivr::JoinRoom& action) {
  services_.reservations.Get(
      action.reservation_id,
      OnStrand<absl::StatusOr<reservations::ReservationRecord>>(
          [request = action.request](
              CallActor& self, const absl::StatusOr<reservations::ReservationRecord>& reservation) {
            if (self.phase_ != Phase::kTalking) return;
            if (reservation.ok()) return self.Join(request, *reservation, /*is_retry=*/false);
            LOG_ERROR("call {}: its reservation cannot be read: {}", self.id_,
                      reservation.status());
            self.AdvanceBy(ivr::JoinAnswered{.request = request,
                                             .outcome = ivr::JoinAnswered::Outcome::kUnavailable});
          }));
}

void CallActor::Join(uint32_t request, const reservations::ReservationRecord& reservation,
                     bool is_retry) {
  const std::shared_ptr<ConferenceActor> conference =
      host_.ConferenceFor(reservation, mixer_, /*room_id=*/"");
  conference->Join(
      {.call = shared_from_this(),
       .participant = AsParticipant(),
       .mixer = mixer_,
       .leg_id = leg_id_},
      OnStrand<ivr::JoinAnswered>([request, reservation, conference, is_retry](
                                      CallActor& self, const ivr::JoinAnswered& answered) {
        self.OnJoined(request, reservation, conference, answered, is_retry);
      }));
}

void CallActor::OnJoined(uint32_t request, const reservations::ReservationRecord& reservation,
                         const std::shared_ptr<ConferenceActor>& conference,
                         ivr::JoinAnswered answered, bool is_retry) {
  const bool is_in = answered.outcome == ivr::JoinAnswered::Outcome::kJoined;
  if (phase_ == Phase::kEnded) {
    if (is_in) conference->Leave(id_);
    return;
  }
  if (is_in) {
    conference_ = conference;
    mixer_->DeleteRoom(ivr_room_id_, LogFailureOf("deleting its room"));
  } else if (answered.outcome == ivr::JoinAnswered::Outcome::kUnavailable && !is_retry) {
    // The conference may have ended in this very moment; then there is a new one.
    const bool was_over = host_.ConferenceFor(reservation, mixer_, "") != conference;
    if (was_over) return Join(request, reservation, /*is_retry=*/true);
  }
  answered.request = request;
  AdvanceBy(answered);
}

void CallActor::Do(const ivr::SetMute& action) {
  if (conference_) conference_->SetSelfMuted(id_, action.is_muted);
}

void CallActor::Do(const ivr::CommandConference&) {
  // Locking, recording and the like are a moderator's, and nobody here is one yet.
  Tell(ivr::Announced{.phrases = {{.key = PromptKey::kUnknownKey}}});
}

void CallActor::Do(const ivr::HangUp&) { End(hangup_reason_); }

Participant CallActor::AsParticipant() const {
  return {.call_id = id_,
          .number = call_.caller.is_withheld ? std::nullopt : call_.caller.number,
          .language = call_.language};
}

// ---- After a restart ----------------------------------------------------------------------

void CallActor::Adopt(Adoption adoption) {
  strand_.Post([self = shared_from_this(), adoption = std::move(adoption)] {
    const LegOwner& owner = adoption.owner;
    if (const AccessNumber* dialled =
            FindAccessNumber(self->services_.settings, owner.access_number)) {
      self->call_.dialled = *dialled;
      self->call_.language = dialled->language;
    }
    self->call_.caller = owner.caller;
    self->call_.started_at = owner.started_at;
    self->mixer_ = adoption.mixer;
    self->leg_id_ = adoption.leg_id;
    self->host_.NoteLeg(self, self->mixer_->address(), self->leg_id_);
    self->phase_ = Phase::kAnswered;
    if (adoption.reservation_id.empty()) {
      LOG_INFO("call {} is taken up; its dialogue begins anew", self->id_);
      return self->StartDialogue();
    }
    self->services_.reservations.Get(
        adoption.reservation_id,
        self->OnStrand<absl::StatusOr<reservations::ReservationRecord>>(
            [adoption](CallActor& self,
                       const absl::StatusOr<reservations::ReservationRecord>& reservation) {
              if (self.phase_ == Phase::kEnded) return;
              if (reservation.ok()) return self.AdoptInto(adoption, *reservation);
              LOG_ERROR("call {}: its reservation is not known: {}", self.id_,
                        reservation.status());
              self.End(HangupReason::kFault);
            }));
  });
}

void CallActor::AdoptInto(const Adoption& adoption,
                          const reservations::ReservationRecord& reservation) {
  Participant participant = AsParticipant();
  participant.joined_at = call_.started_at;  // The nearest that is known.
  participant.is_self_muted = adoption.is_muted;
  const std::shared_ptr<ConferenceActor> conference =
      host_.ConferenceFor(reservation, mixer_, adoption.room_id);
  conference->Join(
      {.call = shared_from_this(),
       .participant = std::move(participant),
       .mixer = mixer_,
       .leg_id = leg_id_,
       .is_adopted = true},
      OnStrand<ivr::JoinAnswered>([conference, is_muted = adoption.is_muted](
                                      CallActor& self, const ivr::JoinAnswered& answered) {
        if (self.phase_ == Phase::kEnded) return conference->Leave(self.id_);
        LOG_INFO("call {} is taken up in its conference", self.id_);
        self.phase_ = Phase::kTalking;
        self.conference_ = conference;
        auto settings = std::make_shared<ivr::IvrSettings>(self.services_.ivr_settings);
        self.state_ =
            ivr::ResumeInConference(std::move(settings), self.call_.caller, self.call_.language,
                                    conference->reservation_id(), answered.participants, is_muted);
        self.LimitDuration();
      }));
}

}  // namespace narada::control::calls
