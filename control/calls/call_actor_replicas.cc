// How a call in progress is taken up after a restart, and goes from one replica of control to another
// (replicas.h).

#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "control/calls/call_actor.h"

namespace narada::control::calls {
namespace {

// A leader that died is found out, and its lease taken, within this many tries (10 s).
constexpr int kHandOverTries = 10;
constexpr absl::Duration kHandOverPause = absl::Seconds(1);
// A call that is taken up while the database is away.
constexpr absl::Duration kAdoptAgain = absl::Seconds(2);

}  // namespace

// ---- After a restart ----------------------------------------------------------------------

void CallActor::Adopt(Adoption adoption) {
  strand_.Post([self = shared_from_this(), adoption = std::move(adoption)] {
    self->call_.caller = adoption.owner.caller;
    if (adoption.owner.is_dialled) {
      absl::MutexLock lock(&self->mutex_);
      self->dialled_tenant_ = adoption.owner.dialled_tenant_id;
    }
    self->call_.started_at = adoption.owner.started_at;
    self->mixer_ = adoption.mixer;
    self->leg_id_ = adoption.leg_id;
    self->host_.NoteLeg(self, self->mixer_->address(), self->leg_id_);
    self->phase_ = Phase::kAnswered;
    self->dialled_ = adoption.owner.access_number;
    using Known = std::optional<storage::CallRow>;
    self->services_.database.SubmitQuery<Known>(
        [id = self->id_](storage::Transaction& transaction) {
          return absl::StatusOr<Known>(storage::FindCall(transaction, id));
        },
        self->OnStrand<absl::StatusOr<Known>>(
            [adoption](CallActor& self, const absl::StatusOr<Known>& known) {
              if (self.phase_ != Phase::kEnded) {
                self.AdoptAs(adoption, known.ok() ? *known : std::nullopt);
              }
            }));
  });
}

void CallActor::AdoptAs(const Adoption& adoption, const std::optional<storage::CallRow>& known) {
  std::optional<accounts::Dialled> dialled = services_.numbers.Find(adoption.owner.access_number);
  if (dialled) NoteDialled(*std::move(dialled));
  if (known) {
    is_remembered_ = true;
    joined_at_ = known->joined_at;
    call_.language = LanguageFromTag(known->language).value_or(call_.language);
  }
  if (adoption.reservation_id.empty()) {
    // Who was being called in has nobody left who waits.
    if (adoption.owner.is_dialled) return End(HangupReason::kCompleted);
    LOG_INFO("call {} is taken up; its dialogue begins anew", id_);
    services_.reports.NoteCall(Record());
    return StartDialogue();
  }
  services_.door.FindTerms(
      adoption.reservation_id,
      OnStrand<absl::StatusOr<ConferenceTerms>>(
          [adoption, known](CallActor& self, const absl::StatusOr<ConferenceTerms>& terms) {
            if (self.phase_ == Phase::kEnded) return;
            if (terms.ok()) return self.AdoptInto(adoption, self.Completed(*terms));
            LOG_ERROR("call {}: its conference's terms are not known: {}", self.id_,
                      terms.status());
            if (terms.status().code() != absl::StatusCode::kUnavailable) {
              return self.End(HangupReason::kFault);
            }
            // The database is away; the caller talks on meanwhile.
            self.services_.executor.PostAfter(kAdoptAgain,
                                              [self = self.shared_from_this(), adoption, known] {
                                                self->strand_.Post([self, adoption, known] {
                                                  if (self->phase_ != Phase::kEnded)
                                                    self->AdoptAs(adoption, known);
                                                });
                                              });
          }));
}

void CallActor::AdoptInto(const Adoption& adoption, const ConferenceTerms& terms) {
  host_.Lead(
      terms.id,
      OnStrand<absl::StatusOr<CallHost::Leadership>>(
          [adoption, terms](CallActor& self, const absl::StatusOr<CallHost::Leadership>& lead) {
            if (self.phase_ == Phase::kEnded) return;
            if (lead.ok() && lead->peer) {
              return self.HandOver(*lead->peer, self.AsHanded(terms.id, /*is_inside=*/true),
                                   /*attempt=*/1);
            }
            // Where the database is away nobody else can have taken the lead, either.
            self.AdoptHere(adoption, terms, lead.ok() ? lead->hold : nullptr);
          }));
}

void CallActor::AdoptHere(const Adoption& adoption, const ConferenceTerms& terms,
                          const std::shared_ptr<void>& hold) {
  Participant participant = AsParticipant();
  participant.joined_at = joined_at_.value_or(call_.started_at);  // The nearest that is known.
  const std::shared_ptr<ConferenceActor> conference =
      host_.ConferenceFor(terms, mixer_, adoption.room_id);
  conference->Join({.call = shared_from_this(),
                    .participant = std::move(participant),
                    .mixer = mixer_,
                    .leg_id = leg_id_,
                    .is_adopted = true,
                    .settings = adoption.settings},
                   OnStrand<ivr::JoinAnswered>(
                       [conference, hold](CallActor& self, const ivr::JoinAnswered& answered) {
                         if (self.phase_ == Phase::kEnded) return conference->Leave(self.id_);
                         LOG_INFO("call {} is taken up in its conference", self.id_);
                         self.phase_ = Phase::kTalking;
                         self.conference_ = conference;
                         self.conference_id_ = conference->id();
                         self.services_.reports.NoteCall(self.Record());
                         auto settings =
                             std::make_shared<ivr::IvrSettings>(self.services_.ivr_settings);
                         self.state_ = ivr::ResumeInConference(
                             std::move(settings), self.call_.caller, self.call_.language,
                             conference->terms_id(), answered);
                         self.LimitDuration();
                       }));
}

// ---- Between replicas ---------------------------------------------------------------------

HandedCall CallActor::AsHanded(const std::string& conference_key, bool is_inside) const {
  return {.owner = {.call_id = id_,
                    .gateway_id = gateway_id_,
                    .gateway_call_id = gateway_call_id_,
                    .caller = call_.caller,
                    .access_number = call_.dialled.number.e164(),
                    .started_at = call_.started_at},
          .mixer_address = mixer_->address(),
          .leg_id = leg_id_,
          .conference_key = conference_key,
          .language = call_.language,
          .role = role_,
          .name_prompt_id = name_prompt_id_,
          .is_inside = is_inside,
          .joined_at = joined_at_};
}

void CallActor::HandOver(const Peer& peer, HandedCall handed, int attempt) {
  LOG_INFO("call {} goes to {}, which leads its conference", id_, peer.id);
  HandedCall again = handed;
  host_.HandOver(shared_from_this(), gateway_, peer, std::move(handed),
                 OnStrand<absl::Status>([again = std::move(again), attempt](
                                            CallActor& self, const absl::Status& given) mutable {
                   if (!given.ok()) {
                     LOG_WARNING("call {} is not taken: {}", self.id_, given);
                     return self.OnHandOverFailed(std::move(again), attempt);
                   }
                   self.phase_ = Phase::kEnded;
                   // Whom the others heard and hear on is not in this replica's conference any more.
                   if (auto conference = std::exchange(self.conference_, nullptr)) {
                     conference->Leave(self.id_);
                   }
                 }));
}

void CallActor::OnHandOverFailed(HandedCall handed, int attempt) {
  if (phase_ == Phase::kEnded) return;
  if (attempt >= kHandOverTries) {
    if (handed.is_inside) return End(HangupReason::kFault);
    return AdvanceBy(ivr::JoinAnswered{.request = state_.request,
                                       .outcome = ivr::JoinAnswered::Outcome::kUnavailable});
  }
  services_.executor.PostAfter(kHandOverPause, [self = shared_from_this(),
                                                handed = std::move(handed), attempt]() mutable {
    self->host_.Lead(
        handed.conference_key,
        self->OnStrand<absl::StatusOr<CallHost::Leadership>>(
            [handed, attempt](CallActor& self, const absl::StatusOr<CallHost::Leadership>& lead) {
              if (self.phase_ == Phase::kEnded) return;
              if (!lead.ok()) return self.OnHandOverFailed(handed, attempt + 1);
              if (lead->peer) return self.HandOver(*lead->peer, handed, attempt + 1);
              // The leader's lease ran out, and now we lead.
              if (handed.is_inside) return self.AdoptHanded(handed);
              self.Do(ivr::JoinRoom{.request = self.state_.request,
                                    .reservation_id = handed.conference_key});
            }));
  });
}

void CallActor::TakeUp(HandedCall handed, std::shared_ptr<mixers::Mixer> mixer) {
  strand_.Post(
      [self = shared_from_this(), handed = std::move(handed), mixer = std::move(mixer)]() mutable {
        LOG_INFO("call {} is taken up from another replica", self->id_);
        self->call_.caller = handed.owner.caller;
        self->call_.started_at = handed.owner.started_at;
        if (auto dialled = self->services_.numbers.Find(handed.owner.access_number)) {
          self->NoteDialled(*std::move(dialled));
        }
        self->call_.language = handed.language;
        self->mixer_ = std::move(mixer);
        self->leg_id_ = handed.leg_id;
        self->role_ = handed.role;
        self->name_prompt_id_ = handed.name_prompt_id;
        self->joined_at_ = handed.joined_at;
        self->host_.NoteLeg(self, self->mixer_->address(), self->leg_id_);
        self->phase_ = Phase::kTalking;
        self->Remember();
        if (handed.is_inside) return self->AdoptHanded(handed);
        self->services_.reports.NoteCall(self->Record());
        self->LimitDuration();
        auto settings = std::make_shared<ivr::IvrSettings>(self->services_.ivr_settings);
        settings->room_digits_max = self->services_.reservations.room_digits_max();
        self->state_ = ivr::ResumeAtTheDoor(std::move(settings), self->call_.caller,
                                            self->call_.language, handed.conference_key);
        self->Do(ivr::JoinRoom{.request = self->state_.request,
                               .reservation_id = handed.conference_key});
      });
}

void CallActor::AdoptHanded(const HandedCall& handed) {
  // Where the leg is and what is set for it, its mixer knows best.
  mixer_->Look(OnStrand<absl::StatusOr<mixers::MixerSnapshot>>(
      [handed](CallActor& self, const absl::StatusOr<mixers::MixerSnapshot>& snapshot) {
        if (self.phase_ == Phase::kEnded) return;
        Adoption adoption{.owner = handed.owner,
                          .mixer = self.mixer_,
                          .leg_id = self.leg_id_,
                          .reservation_id = handed.conference_key};
        bool is_there = false;
        if (snapshot.ok()) {
          for (const mixers::KnownLeg& leg : snapshot->legs) {
            if (leg.leg_id != self.leg_id_) continue;
            is_there = true;
            adoption.room_id = leg.room_id;
            adoption.settings = leg.settings;
          }
        }
        if (!is_there) return self.End(HangupReason::kFault);
        self.AdoptAs(adoption,
                     storage::CallRow{.id = self.id_,
                                      .language = std::string(LanguageTag(self.call_.language)),
                                      .joined_at = self.joined_at_});
      }));
}

void CallActor::FindLeaderAgain() {
  strand_.Post([self = shared_from_this()] {
    if (self->conference_ == nullptr || self->phase_ != Phase::kTalking) return;
    const std::string key = self->conference_->terms_id();
    self->host_.Lead(key,
                     self->OnStrand<absl::StatusOr<CallHost::Leadership>>(
                         [key](CallActor& self, const absl::StatusOr<CallHost::Leadership>& lead) {
                           if (self.conference_ == nullptr || !lead.ok() || !lead->peer) return;
                           self.HandOver(*lead->peer, self.AsHanded(key, /*is_inside=*/true),
                                         /*attempt=*/1);
                         }));
  });
}

}  // namespace narada::control::calls
