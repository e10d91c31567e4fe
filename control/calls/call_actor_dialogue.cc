// What a call does for its dialogue. (How it comes and goes is in call_actor.cc, how it is taken up in
// call_actor_replicas.cc.)

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "control/calls/call_actor.h"

namespace narada::control::calls {
namespace {

// The room beneath words that are spoken to somebody in it.
constexpr double kDuckDb = -12;
// How often, and how long at a time, the files of a recorded name are waited for.
constexpr int kNameTries = 30;
constexpr absl::Duration kNamePause = absl::Milliseconds(100);

}  // namespace

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
  const Voice voice{.prompt_set = tenant_ ? tenant_->prompt_set : "",
                    .greeting = call_.dialled.greeting};
  std::vector<mixers::PlayItem> items = services_.speak_for(voice, action.language, action.phrases);
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
                 // The reason alone: the message may name the prompt, which may be a digit of a PIN.
                 LOG_WARNING("call {}: a prompt could not be played: {} {}", self.id_,
                             absl::StatusCodeToString(played.code()), ReasonOf(played));
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

void CallActor::Do(const ivr::SetLanguage& action) {
  call_.language = action.language;
  Remember();
}

void CallActor::Remember() {
  is_remembered_ = true;
  services_.database.SubmitInOrder(
      id_,
      [row =
           storage::CallRow{.id = id_,
                            .language = std::string(LanguageTag(call_.language)),
                            .joined_at = joined_at_,
                            .noted_at = services_.clock.Now()}](storage::Transaction& transaction) {
        storage::PutCall(transaction, row);
        return absl::OkStatus();
      },
      LogFailureOf("remembering it"));
}

DoorKey CallActor::KeyOf(std::optional<RoomNumber> room, Pin pin) {
  DoorKey key{.caller = call_.caller,
              .reach = DoorKey::Reach::kDialled,
              .dialled = call_.dialled,
              .room = std::move(room),
              .pin = std::move(pin),
              .may_return = nullptr};
  if (call_.caller.number) {
    key.may_return = [&host = host_, number = *call_.caller.number](const std::string& id) {
      return host.MayReturn(id, number);
    };
  }
  return key;
}

void CallActor::Do(const ivr::LookUpRoom& action) {
  services_.door.Try(
      KeyOf(action.room, action.pin),
      OnStrand<absl::StatusOr<Opened>>(
          [request = action.request](CallActor& self, const absl::StatusOr<Opened>& opened) {
            self.OnOpened(request, opened);
          }));
}

void CallActor::OnOpened(uint32_t request, const absl::StatusOr<Opened>& opened) {
  if (phase_ != Phase::kTalking) return;
  using Outcome = ivr::RoomLookedUp::Outcome;
  ivr::RoomLookedUp answer{.request = request, .outcome = Outcome::kRefused, .reservation_id = ""};
  if (opened.ok()) {
    role_ = opened->role;
    answer.outcome = Outcome::kAccepted;
    answer.reservation_id = opened->terms.id;
    answer.asks_name = opened->terms.is_permanent() ? opened->terms.announces_names
                                                    : services_.ivr_settings.asks_name;
  } else if (ReasonOf(opened.status()) == "LOCKED") {
    answer.outcome = Outcome::kLockedOut;
  } else if (opened.status().code() != absl::StatusCode::kNotFound) {
    LOG_ERROR("call {}: a room could not be looked up: {}", id_, opened.status());
    answer.outcome = Outcome::kUnavailable;
  }
  AdvanceBy(answer);
}

void CallActor::Do(const ivr::Reserve& action) {
  // Asked again because the answer was late, it is the same reservation; after one that the caller was
  // told it is another.
  services_.reservations.Make(
      {.request_id = absl::StrCat("call-", id_, "-", reservations_made_),
       .language = action.language,
       .organiser = call_.caller.is_withheld ? std::nullopt : call_.caller.number,
       .sms_to = action.sms_to,
       .access_number = call_.dialled.number,
       .room_digits_min = call_.dialled.room_digits_min,
       .pin_digits = call_.dialled.pin_digits},
      OnStrand<absl::StatusOr<reservations::MadeReservation>>(
          [request = action.request](CallActor& self,
                                     const absl::StatusOr<reservations::MadeReservation>& made) {
            if (self.phase_ != Phase::kTalking) return;
            using Outcome = ivr::ReservationAnswered::Outcome;
            ivr::ReservationAnswered answer{.request = request};
            if (made.ok()) {
              LOG_INFO("call {} made reservation {}", self.id_, made->record.id);
              self.role_ = Role::kParticipant;  // Whatever was opened before.
              const bool is_awaited =
                  self.state_.stage == ivr::Stage::kReserving && self.state_.request == request;
              if (is_awaited) ++self.reservations_made_;
              answer.outcome = Outcome::kMade;
              answer.reservation_id = made->record.id;
              answer.room = made->record.room;
              answer.pin = made->pin;
              answer.expires_at = made->record.expires_at;
              answer.sms_accepted = !made->record.message_id.empty();
            } else {
              LOG_ERROR("call {}: no reservation was made: {}", self.id_, made.status());
              const bool is_limit = ReasonOf(made.status()) == "ROOMS_EXHAUSTED";
              answer.outcome = is_limit ? Outcome::kRefused : Outcome::kUnavailable;
            }
            self.AdvanceBy(answer);
          }));
}

void CallActor::Do(const ivr::Extend& action) {
  services_.door.Extend(
      "", KeyOf(action.room, action.pin),
      OnStrand<absl::StatusOr<reservations::Extension>>(
          [request = action.request](CallActor& self,
                                     const absl::StatusOr<reservations::Extension>& extended) {
            self.OnExtended(request, extended);
          }));
}

void CallActor::Do(const ivr::ExtendFromInside& action) {
  if (conference_ == nullptr) {
    return Tell(ivr::ExtensionAnswered{.request = action.request,
                                       .outcome = ivr::ExtensionAnswered::Outcome::kRefused});
  }
  services_.reservations.ExtendFromInside(
      conference_->terms_id(),
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
  } else if (ReasonOf(extended.status()) == "LOCKED") {
    answer.outcome = Outcome::kLockedOut;
  } else {
    LOG_ERROR("call {}: a reservation was not extended: {}", id_, extended.status());
    answer.outcome = Outcome::kUnavailable;
  }
  AdvanceBy(answer);
}

void CallActor::Do(const ivr::StartNameRecording& action) {
  name_recording_id_ = absl::StrCat("name-", id_, "-", ++names_recorded_);
  mixer_->StartRecording({.recording_id = name_recording_id_, .room_id = ivr_room_id_},
                         OnStrand<absl::Status>([request = action.request](
                                                    CallActor& self, const absl::Status& started) {
                           if (!started.ok()) self.AnswerName(request, started);
                         }));
}

void CallActor::Do(const ivr::FinishNameRecording& action) {
  mixer_->StopRecording(name_recording_id_,
                        OnStrand<absl::StatusOr<mixers::TrackSizes>>(
                            [request = action.request](CallActor& self, const auto& stopped) {
                              if (!stopped.ok()) return self.AnswerName(request, stopped.status());
                              self.MakeName(request, kNameTries);
                            }));
}

void CallActor::MakeName(uint32_t request, int tries_left) {
  if (phase_ != Phase::kTalking) return;
  mixer_->MakePrompt(
      absl::StrCat("name-", id_), name_recording_id_, "mix",
      OnStrand<absl::Status>([request, tries_left](CallActor& self, const absl::Status& made) {
        if (ReasonOf(made) != "RECORDING_RUNNING" || tries_left == 0) {
          return self.AnswerName(request, made);
        }
        self.services_.executor.PostAfter(
            kNamePause, [self = self.shared_from_this(), request, tries_left] {
              self->strand_.Post(
                  [self, request, tries_left] { self->MakeName(request, tries_left - 1); });
            });
      }));
}

void CallActor::AnswerName(uint32_t request, const absl::Status& made) {
  using Outcome = ivr::NameRecorded::Outcome;
  ivr::NameRecorded answer{.request = request};
  const std::string prompt_id = absl::StrCat("name-", id_);
  if (phase_ != Phase::kTalking) {  // Nobody is there any more to be named.
    if (made.ok()) mixer_->DeletePrompt(prompt_id, LogFailureOf("forgetting a name"));
    return;
  }
  mixer_->DeleteRecording(std::exchange(name_recording_id_, ""),
                          LogFailureOf("deleting the recording of a name"));
  if (made.ok()) {
    name_prompt_id_ = prompt_id;
    answer.outcome = Outcome::kRecorded;
  } else if (ReasonOf(made) == "RECORDING_SILENT") {
    answer.outcome = Outcome::kSilent;
  } else {
    LOG_WARNING("call {}: its name could not be recorded: {}", id_, made);
  }
  AdvanceBy(answer);
}

void CallActor::Do(const ivr::JoinRoom& action) {
  if (dial_) return Join(action.request, dial_->terms);
  services_.door.FindTerms(
      action.reservation_id,
      OnStrand<absl::StatusOr<ConferenceTerms>>(
          [request = action.request](CallActor& self,
                                     const absl::StatusOr<ConferenceTerms>& terms) {
            if (self.phase_ != Phase::kTalking) return;
            if (terms.ok()) return self.Join(request, self.Completed(*terms));
            LOG_ERROR("call {}: what it joins cannot be read: {}", self.id_, terms.status());
            self.AdvanceBy(ivr::JoinAnswered{.request = request,
                                             .outcome = ivr::JoinAnswered::Outcome::kUnavailable});
          }));
}

void CallActor::Join(uint32_t request, const ConferenceTerms& terms) {
  host_.Lead(
      terms.id,
      OnStrand<absl::StatusOr<CallHost::Leadership>>(
          [request, terms](CallActor& self, const absl::StatusOr<CallHost::Leadership>& lead) {
            if (self.phase_ != Phase::kTalking) return;
            if (!lead.ok()) {
              LOG_ERROR("call {}: who leads its conference is not known: {}", self.id_,
                        lead.status());
              using Outcome = ivr::JoinAnswered::Outcome;
              return self.AdvanceBy(
                  ivr::JoinAnswered{.request = request, .outcome = Outcome::kUnavailable});
            }
            if (lead->peer) {
              return self.HandOver(*lead->peer, self.AsHanded(terms.id, /*is_inside=*/false),
                                   /*attempt=*/1);
            }
            self.JoinHere(request, terms, lead->hold, /*is_retry=*/false);
          }));
}

void CallActor::JoinHere(uint32_t request, const ConferenceTerms& terms,
                         const std::shared_ptr<void>& hold, bool is_retry) {
  const std::shared_ptr<ConferenceActor> conference =
      host_.ConferenceFor(terms, mixer_, /*room_id=*/"");
  conference->Join(
      {.call = shared_from_this(),
       .participant = AsParticipant(),
       .mixer = mixer_,
       .leg_id = leg_id_},
      OnStrand<ivr::JoinAnswered>([request, terms, conference, hold, is_retry](
                                      CallActor& self, const ivr::JoinAnswered& answered) {
        self.OnJoined(request, terms, conference, answered, hold, is_retry);
      }));
}

void CallActor::OnJoined(uint32_t request, const ConferenceTerms& terms,
                         const std::shared_ptr<ConferenceActor>& conference,
                         ivr::JoinAnswered answered, const std::shared_ptr<void>& hold,
                         bool is_retry) {
  const bool is_in = answered.outcome == ivr::JoinAnswered::Outcome::kJoined;
  if (phase_ == Phase::kEnded) {
    if (is_in) conference->Leave(id_);
    return;
  }
  if (is_in) {
    conference_ = conference;
    // Who was called keyed no PIN, and may come back by one.
    if (dial_) services_.door.NoteEntered(terms.id, call_.caller);
    dial_.reset();  // Not on the way any more.
    joined_at_ = services_.clock.Now();
    conference_id_ = conference->id();
    Remember();
    services_.reports.NoteCall(Record());
    mixer_->DeleteRoom(ivr_room_id_, LogFailureOf("deleting its room"));
  } else if (answered.outcome == ivr::JoinAnswered::Outcome::kUnavailable && !is_retry) {
    // The conference may have ended in this very moment; then there is a new one.
    const bool was_over = host_.ConferenceFor(terms, mixer_, "") != conference;
    if (was_over) return JoinHere(request, terms, hold, /*is_retry=*/true);
  }
  answered.request = request;
  AdvanceBy(answered);
}

void CallActor::Do(const ivr::SetMute& action) { Command(moderation::MuteSelf{action.is_muted}); }

moderation::Actor CallActor::AsActor() const {
  return {.call_id = id_, .channel = moderation::Channel::kPhone};
}

void CallActor::Command(moderation::Command command) {
  if (conference_) conference_->Command(AsActor(), std::move(command), [](const auto&) {});
}

void CallActor::Do(const ivr::CommandConference& action) {
  using moderation::Toggle;
  switch (action.key) {
    case ivr::ConferenceKey::kRaiseHand:
      return Command(Toggle{Toggle::What::kHand});
    case ivr::ConferenceKey::kToggleLock:
      return Command(Toggle{Toggle::What::kLock});
    case ivr::ConferenceKey::kToggleMuteAll:
      return Command(Toggle{Toggle::What::kMuteAll});
    case ivr::ConferenceKey::kToggleLecture:
      return Command(Toggle{Toggle::What::kLecture});
    case ivr::ConferenceKey::kToggleRecording:
      return Command(Toggle{Toggle::What::kRecording});
    case ivr::ConferenceKey::kRollCall:
      return Command(moderation::RollCall{});
    case ivr::ConferenceKey::kEndConference:
      return Command(moderation::EndConference{});
    case ivr::ConferenceKey::kToggleMute:
    case ivr::ConferenceKey::kHelp:
    case ivr::ConferenceKey::kCount:
    case ivr::ConferenceKey::kExtend:
    case ivr::ConferenceKey::kDialOut:
      return;  // The dialogue's own.
  }
}

void CallActor::Do(const ivr::CallOut& action) {
  Command(moderation::CallOut{.request_id = absl::StrCat(id_, "-", ++call_outs_),
                              .number = action.number});
}

void CallActor::Do(const ivr::BecomeHeard&) {
  if (conference_) conference_->NoteNoticeHeard(id_);
}

void CallActor::Do(const ivr::HangUp&) { End(hangup_reason_); }

ConferenceTerms CallActor::Completed(const ConferenceTerms& terms) const {
  return WithServiceTerms(terms, services_.settings, call_.dialled);
}

CallRecord CallActor::Record() const {
  return {.id = id_,
          .conference_id = conference_id_,
          .tenant_id = dialled_tenant().value_or(call_.dialled.tenant),
          .number = call_.caller.is_withheld ? std::nullopt : call_.caller.number,
          .name = name_,
          .access_number = dialled_,
          .is_withheld = call_.caller.is_withheld,
          .was_called_out = dialled_tenant().has_value(),
          .started_at = call_.started_at,
          .answered_at = answered_at_,
          .joined_at = joined_at_,
          .speech = speech_.Spans(services_.clock.Now()),
          .quality_course = quality_course_.samples()};
}

Participant CallActor::AsParticipant() const {
  return {.call_id = id_,
          .role = role_,
          .number = call_.caller.is_withheld ? std::nullopt : call_.caller.number,
          .name = name_,
          .name_prompt_id = name_prompt_id_,
          .language = call_.language};
}

}  // namespace narada::control::calls
