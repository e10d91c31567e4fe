// How a call goes from one replica of control to another: see replicas.h.

#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "control/calls/call_actor.h"

namespace narada::control::calls {
namespace {

// A leader that died is found out, and its lease taken, within this many tries (10 s).
constexpr int kHandOverTries = 10;
constexpr absl::Duration kHandOverPause = absl::Seconds(1);

}  // namespace

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
