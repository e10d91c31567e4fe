#include "control/calls/conference_actor.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "control/calls/labels.h"

namespace narada::control::calls {
namespace {

// How many changes a watcher may have missed and still resume.
constexpr size_t kHistoryMax = 1000;

absl::Status UnknownParticipant() {
  return ErrorWithReason(absl::StatusCode::kNotFound, "PARTICIPANT_UNKNOWN",
                         "nobody of this id is in the conference");
}

void LogFailure(absl::string_view what, const std::string& id, const absl::Status& status) {
  if (!status.ok()) LOG_WARNING("conference {}: {} failed: {}", id, what, status);
}

bool IsMuted(const Participant& participant) {
  return participant.is_muted || participant.is_self_muted;
}

}  // namespace

ConferenceActor::ConferenceActor(const CallServices& services, std::string id,
                                 const ConferenceTerms& terms, std::shared_ptr<mixers::Mixer> mixer,
                                 absl::AnyInvocable<void()> on_empty)
    : services_(services),
      id_(std::move(id)),
      reservation_id_(terms.id),
      room_(terms.room),
      mixer_(std::move(mixer)),
      strand_(services.executor),
      on_empty_(std::move(on_empty)),
      started_at_(services.clock.Now()),
      expires_at_(terms.expires_at) {}

// ---- Coming and going ---------------------------------------------------------------------

void ConferenceActor::Join(JoinRequest request, JoinDone done) {
  strand_.Post(
      [self = shared_from_this(), request = std::move(request), done = std::move(done)]() mutable {
        using Outcome = ivr::JoinAnswered::Outcome;
        if (self->is_over_) return done({.outcome = Outcome::kUnavailable});
        if (request.is_adopted) {
          self->has_room_ = true;
          return self->Admit(std::move(request), std::move(done));
        }
        if (self->is_locked_) return done({.outcome = Outcome::kLocked});
        const int present = static_cast<int>(self->members_.size()) + self->joining_;
        if (present >= self->services_.settings.participants_max) {
          return done({.outcome = Outcome::kFull});
        }
        if (request.mixer != self->mixer_) {
          LOG_ERROR("call {} is on mixer {}, its conference {} on {}: it cannot be joined",
                    request.participant.call_id, request.mixer->address(), self->id_,
                    self->mixer_->address());
          return done({.outcome = Outcome::kUnavailable});
        }
        ++self->joining_;
        if (self->has_room_) return self->Move(std::move(request), std::move(done));
        self->CreateRoomThenMove(std::move(request), std::move(done));
      });
}

void ConferenceActor::CreateRoomThenMove(JoinRequest request, JoinDone done) {
  mixers::NewRoom room{.room_id = room_id(), .labels = {{kReservationLabel, reservation_id_}}};
  mixer_->CreateRoom(std::move(room), [self = shared_from_this(), request = std::move(request),
                                       done = std::move(done)](absl::Status created) mutable {
    self->strand_.Post(
        [self, created, request = std::move(request), done = std::move(done)]() mutable {
          LogFailure("making its room", self->id_, created);
          if (created.ok()) {
            self->has_room_ = true;
            return self->Move(std::move(request), std::move(done));
          }
          --self->joining_;
          done({.outcome = ivr::JoinAnswered::Outcome::kUnavailable});
          self->EndIfEmpty();
        });
  });
}

void ConferenceActor::Move(JoinRequest request, JoinDone done) {
  const std::string leg_id = request.leg_id;
  mixer_->MoveLeg(leg_id, room_id(), /*stop_playback=*/true,
                  [self = shared_from_this(), request = std::move(request),
                   done = std::move(done)](absl::Status moved) mutable {
                    self->strand_.Post([self, moved, request = std::move(request),
                                        done = std::move(done)]() mutable {
                      --self->joining_;
                      LogFailure("moving a leg in", self->id_, moved);
                      if (moved.ok()) return self->Admit(std::move(request), std::move(done));
                      const bool is_full = ReasonOf(moved) == "ROOM_FULL";
                      done({.outcome = is_full ? ivr::JoinAnswered::Outcome::kFull
                                               : ivr::JoinAnswered::Outcome::kUnavailable});
                      self->EndIfEmpty();
                    });
                  });
}

void ConferenceActor::Admit(JoinRequest request, JoinDone done) {
  const std::string call_id = request.participant.call_id;
  const absl::Duration left = expires_at_ - services_.clock.Now();
  const bool is_late = !members_.empty() && left > absl::ZeroDuration() &&
                       left < services_.reservations.settings().terms.warning;
  if (members_.empty()) ScheduleExpiryWarning();
  if (!request.is_adopted) {
    request.participant.joined_at = services_.clock.Now();
    if (!members_.empty()) PlayToAll(PromptKey::kEntryTone);
  }
  members_.push_back({std::move(request.call), std::move(request.mixer), std::move(request.leg_id),
                      std::move(request.participant)});
  const int count = static_cast<int>(members_.size());
  LOG_INFO("conference {}: call {} joined, {} present", id_, call_id, count);
  done({.outcome = ivr::JoinAnswered::Outcome::kJoined, .participants = count});
  PublishParticipant(members_.back().participant);
  TellCount(call_id);
  // The others were warned before this one came.
  if (is_late) members_.back().call->Tell(ivr::ExpiryWarned{.left = left});
}

void ConferenceActor::Leave(std::string call_id) {
  strand_.Post(
      [self = shared_from_this(), call_id = std::move(call_id)] { self->Remove(call_id); });
}

void ConferenceActor::Remove(const std::string& call_id) {
  const auto member = std::find_if(members_.begin(), members_.end(), [&](const Member& member) {
    return member.participant.call_id == call_id;
  });
  if (member == members_.end()) return;
  const Participant participant = std::move(member->participant);
  members_.erase(member);
  LOG_INFO("conference {}: call {} left, {} present", id_, call_id, members_.size());
  Publish(ParticipantLeft{participant});
  if (!members_.empty()) {
    PlayToAll(PromptKey::kExitTone);
    TellCount("");
  }
  EndIfEmpty();
}

void ConferenceActor::EndIfEmpty() {
  if (is_over_ || !members_.empty() || joining_ > 0) return;
  is_over_ = true;
  if (has_room_) {
    mixer_->DeleteRoom(room_id(), [id = id_](absl::Status status) {
      LogFailure("deleting its room", id, status);
    });
  }
  Publish(ConferenceOver{});
  watchers_.clear();
  LOG_INFO("conference {} ended", id_);
  on_empty_();
}

void ConferenceActor::TellCount(const std::string& except_call_id) {
  const int count = static_cast<int>(members_.size());
  for (const Member& member : members_) {
    if (member.participant.call_id == except_call_id) continue;
    member.call->Tell(ivr::RosterChanged{.participants = count});
  }
}

void ConferenceActor::PlayToAll(PromptKey sound) {
  const std::vector<Phrase> phrases = {{.key = sound}};
  mixer_->Play(
      {.playback_id = absl::StrCat(id_, "-", absl::Hex(services_.random.Next()), "-", ++sounds_),
       .target = mixers::RoomTarget{room_id()},
       .items = services_.speak(Language::kPolish, phrases),
       .append = true},
      [id = id_](absl::Status status) { LogFailure("a tone", id, status); });
}

// ---- What a moderator or a key does -------------------------------------------------------

void ConferenceActor::SetSelfMuted(std::string call_id, bool is_muted) {
  strand_.Post([self = shared_from_this(), call_id = std::move(call_id), is_muted] {
    Member* member = self->Find(call_id);
    if (member == nullptr) return;
    const bool was_muted = IsMuted(member->participant);
    member->participant.is_self_muted = is_muted;
    self->ApplyMute(*member, was_muted);
  });
}

void ConferenceActor::SetMuted(std::string call_id, bool is_muted, Done done) {
  strand_.Post([self = shared_from_this(), call_id = std::move(call_id), is_muted,
                done = std::move(done)]() mutable {
    Member* member = self->Find(call_id);
    if (member == nullptr) return done(UnknownParticipant());
    const bool was_muted = IsMuted(member->participant);
    member->participant.is_muted = is_muted;
    self->ApplyMute(*member, was_muted);
    done(absl::OkStatus());
  });
}

void ConferenceActor::MuteAll(bool is_muted, Done done) {
  strand_.Post([self = shared_from_this(), is_muted, done = std::move(done)]() mutable {
    for (Member& member : self->members_) {
      if (member.participant.role == Role::kModerator) continue;
      const bool was_muted = IsMuted(member.participant);
      member.participant.is_muted = is_muted;
      self->ApplyMute(member, was_muted);
    }
    done(absl::OkStatus());
  });
}

void ConferenceActor::ApplyMute(Member& member, bool was_muted) {
  PublishParticipant(member.participant);
  const bool is_muted = IsMuted(member.participant);
  if (is_muted != was_muted) {
    member.mixer->SetMuted(member.leg_id, is_muted,
                           [id = id_](absl::Status status) { LogFailure("a mute", id, status); });
  }
  // Told even where nothing changed: a caller who pressed a key hears what holds.
  member.call->Tell(ivr::MuteChanged{.is_muted = is_muted});
}

void ConferenceActor::Disconnect(std::string call_id, Done done) {
  strand_.Post(
      [self = shared_from_this(), call_id = std::move(call_id), done = std::move(done)]() mutable {
        Member* member = self->Find(call_id);
        if (member == nullptr) return done(UnknownParticipant());
        member->call->Tell(ivr::ConferenceLeft{.why = ivr::ConferenceLeft::Why::kRemoved});
        done(absl::OkStatus());
      });
}

void ConferenceActor::SetLocked(bool is_locked, Done done) {
  strand_.Post([self = shared_from_this(), is_locked, done = std::move(done)]() mutable {
    if (self->is_locked_ != is_locked) {
      self->is_locked_ = is_locked;
      self->PublishState();
      const PromptKey key = is_locked ? PromptKey::kLocked : PromptKey::kUnlocked;
      for (const Member& member : self->members_) {
        member.call->Tell(ivr::Announced{.phrases = {{.key = key}}});
      }
    }
    done(absl::OkStatus());
  });
}

void ConferenceActor::End(Done done) {
  strand_.Post([self = shared_from_this(), done = std::move(done)]() mutable {
    for (const Member& member : self->members_) {
      member.call->Tell(ivr::ConferenceLeft{.why = ivr::ConferenceLeft::Why::kEnded});
    }
    done(absl::OkStatus());
  });
}

void ConferenceActor::NoteSpeaking(std::string call_id, bool is_speaking) {
  strand_.Post([self = shared_from_this(), call_id = std::move(call_id), is_speaking] {
    Member* member = self->Find(call_id);
    if (member == nullptr || member->participant.is_speaking == is_speaking) return;
    member->participant.is_speaking = is_speaking;
    self->PublishParticipant(member->participant);
  });
}

// ---- Expiry -------------------------------------------------------------------------------

void ConferenceActor::MoveExpiry(absl::Time expires_at) {
  strand_.Post([self = shared_from_this(), expires_at] {
    if (self->expires_at_ == expires_at) return;
    self->expires_at_ = expires_at;
    self->PublishState();
    self->ScheduleExpiryWarning();
  });
}

void ConferenceActor::ScheduleExpiryWarning() {
  const absl::Duration warning = services_.reservations.settings().terms.warning;
  const absl::Duration left = expires_at_ - services_.clock.Now();
  const uint64_t schedule = ++expiry_schedule_;
  if (left == absl::InfiniteDuration()) return;  // A permanent room.
  // Where the time for the warning has passed it is now, but after the expiry it would be pointless.
  if (left <= absl::ZeroDuration()) return;
  services_.executor.PostAfter(
      std::max(left - warning, absl::ZeroDuration()), [weak = weak_from_this(), schedule] {
        const auto self = weak.lock();
        if (self == nullptr) return;
        self->strand_.Post([self, schedule] { self->WarnOfExpiry(schedule); });
      });
}

void ConferenceActor::WarnOfExpiry(uint64_t schedule) {
  if (schedule != expiry_schedule_) return;  // Extended meanwhile.
  const absl::Duration left = expires_at_ - services_.clock.Now();
  for (const Member& member : members_) member.call->Tell(ivr::ExpiryWarned{.left = left});
}

// ---- Seeing -------------------------------------------------------------------------------

void ConferenceActor::Get(absl::AnyInvocable<void(Conference)> done) {
  strand_.Post(
      [self = shared_from_this(), done = std::move(done)]() mutable { done(self->Snapshot()); });
}

void ConferenceActor::Watch(std::optional<uint64_t> cursor, Watcher watcher) {
  strand_.Post([self = shared_from_this(), cursor, watcher = std::move(watcher)]() mutable {
    const absl::Time now = self->services_.clock.Now();
    const uint64_t oldest = self->sequence_ - self->history_.size();  // The last one forgotten.
    const bool can_resume = cursor && *cursor >= oldest && *cursor <= self->sequence_;
    if (cursor && !can_resume && !watcher({self->sequence_, now, ChangesMissed{}})) return;
    if (can_resume) {
      for (const ConferenceChange& change : self->history_) {
        if (change.sequence > *cursor && !watcher(change)) return;
      }
    } else if (!watcher({self->sequence_, now, WholeConference{self->Snapshot()}})) {
      return;
    }
    if (!self->is_over_) self->watchers_.push_back(std::move(watcher));
  });
}

Conference ConferenceActor::Snapshot() const {
  Conference conference{.id = id_,
                        .reservation_id = reservation_id_,
                        .room = room_,
                        .started_at = started_at_,
                        .expires_at = expires_at_,
                        .is_locked = is_locked_,
                        .mixer = mixer_->address()};
  for (const Member& member : members_) conference.participants.push_back(member.participant);
  return conference;
}

template <typename What>
void ConferenceActor::Publish(What what) {
  history_.push_back({++sequence_, services_.clock.Now(), std::move(what)});
  if (history_.size() > kHistoryMax) history_.pop_front();
  const ConferenceChange& change = history_.back();
  watchers_.erase(std::remove_if(watchers_.begin(), watchers_.end(),
                                 [&](Watcher& watcher) { return !watcher(change); }),
                  watchers_.end());
}

void ConferenceActor::PublishParticipant(const Participant& participant) {
  Publish(ParticipantChanged{participant});
}

void ConferenceActor::PublishState() {
  Conference conference = Snapshot();
  conference.participants.clear();
  Publish(ConferenceStateChanged{std::move(conference)});
}

ConferenceActor::Member* ConferenceActor::Find(const std::string& call_id) {
  for (Member& member : members_) {
    if (member.participant.call_id == call_id) return &member;
  }
  return nullptr;
}

}  // namespace narada::control::calls
