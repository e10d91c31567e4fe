// How participants come and go, and how a conference is taken up and ends. (Commands are in
// conference_commands.cc, what is kept of it in conference_memory.cc.)

#include "control/calls/conference_actor.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "control/calls/conference_log.h"
#include "control/calls/labels.h"

namespace narada::control::calls {

using Outcome = ivr::JoinAnswered::Outcome;

namespace {

// A tone follows the same one after this at the earliest: for hundreds who come at once the room would
// otherwise be beeped at for minutes.
constexpr absl::Duration kToneEvery = absl::Seconds(1);

}  // namespace

ConferenceActor::ConferenceActor(const CallServices& services, Dialler& dialler, std::string id,
                                 const ConferenceTerms& terms, std::shared_ptr<mixers::Mixer> mixer,
                                 bool is_known, absl::AnyInvocable<void()> on_empty)
    : services_(services),
      dialler_(dialler),
      id_(std::move(id)),
      terms_id_(terms.id),
      tenant_id_(terms.tenant_id),
      mixer_(std::move(mixer)),
      strand_(services.executor),
      on_empty_(std::move(on_empty)),
      conference_(moderation::Begin(id_, terms, services.settings.participants_max,
                                    mixer_->address(), services.clock.Now())),
      must_restore_(is_known) {}

void ConferenceActor::Post(Task task) {
  strand_.Post([self = shared_from_this(), task = std::move(task)]() mutable {
    if (std::exchange(self->must_restore_, false)) self->Restore();
    if (self->is_restoring_) {
      self->waiting_.push_back(std::move(task));
    } else {
      task();
    }
  });
}

// ---- Coming -------------------------------------------------------------------------------

void ConferenceActor::Join(JoinRequest request, JoinDone done) {
  Post([self = shared_from_this(), request = std::move(request), done = std::move(done)]() mutable {
    if (self->is_over_) return done({.outcome = Outcome::kUnavailable});
    if (request.is_adopted) return self->Resume(std::move(request), std::move(done));
    const std::optional<moderation::Refusal> refusal =
        moderation::MayJoin(self->conference_, request.participant.call_id, self->joining_);
    if (refusal) {
      return done({.outcome = *refusal == moderation::Refusal::kLocked ? Outcome::kLocked
                                                                       : Outcome::kFull});
    }
    if (request.mixer != self->mixer_) {
      LOG_ERROR("call {} is on mixer {}, its conference {} on {}: it cannot be joined",
                request.participant.call_id, request.mixer->address(), self->id_,
                self->mixer_->address());
      return done({.outcome = Outcome::kUnavailable});
    }
    ++self->joining_;
    if (self->has_room_) return self->SettleThenMove(std::move(request), std::move(done));
    self->CreateRoomThenMove(std::move(request), std::move(done));
  });
}

void ConferenceActor::NotJoined(const absl::Status& status, JoinDone done) {
  --joining_;
  const bool is_full = ReasonOf(status) == "ROOM_FULL";
  done({.outcome = is_full ? Outcome::kFull : Outcome::kUnavailable});
  EndIfEmpty();
}

void ConferenceActor::CreateRoomThenMove(JoinRequest request, JoinDone done) {
  const char* label = conference_.terms.is_permanent() ? kPermanentRoomLabel : kReservationLabel;
  mixers::NewRoom room{.room_id = room_id(), .labels = {{label, terms_id_}}};
  mixer_->CreateRoom(std::move(room), [self = shared_from_this(), request = std::move(request),
                                       done = std::move(done)](absl::Status created) mutable {
    self->strand_.Post(
        [self, created, request = std::move(request), done = std::move(done)]() mutable {
          LogFailure("making its room", self->id_, created);
          if (!created.ok()) return self->NotJoined(created, std::move(done));
          self->has_room_ = true;
          self->SyncRoom();
          self->SettleThenMove(std::move(request), std::move(done));
        });
  });
}

// Muted, waiting, in a side room: what holds for a newcomer holds before the first sound is let in.
void ConferenceActor::SettleThenMove(JoinRequest request, JoinDone done) {
  request.settings = moderation::LegSettingsOf(
      moderation::Prepare(conference_, request.participant, services_.clock.Now()));
  if (request.settings == LegSettings()) return Move(std::move(request), std::move(done));
  const std::string leg_id = request.leg_id;
  LegSettings settings = request.settings;
  mixer_->UpdateLeg(leg_id, std::move(settings),
                    [self = shared_from_this(), request = std::move(request),
                     done = std::move(done)](absl::Status settled) mutable {
                      self->strand_.Post([self, settled, request = std::move(request),
                                          done = std::move(done)]() mutable {
                        LogFailure("preparing a leg", self->id_, settled);
                        if (!settled.ok()) return self->NotJoined(settled, std::move(done));
                        self->Move(std::move(request), std::move(done));
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
                      LogFailure("moving a leg in", self->id_, moved);
                      if (!moved.ok()) return self->NotJoined(moved, std::move(done));
                      --self->joining_;
                      self->Admit(std::move(request), std::move(done));
                    });
                  });
}

void ConferenceActor::Admit(JoinRequest request, JoinDone done) {
  const std::string call_id = request.participant.call_id;
  const absl::Time now = services_.clock.Now();
  const absl::Duration left = conference_.terms.expires_at - now;
  const bool is_first = members_.empty();
  const bool is_late = !is_first && left > absl::ZeroDuration() &&
                       left < services_.reservations.settings().terms.warning;
  if (is_first) ScheduleExpiryWarning();
  Member& member = members_[call_id];
  member.call = std::move(request.call);
  member.mixer = std::move(request.mixer);
  member.leg_id = std::move(request.leg_id);
  member.settings = std::move(request.settings);
  Take(moderation::Join(conference_,
                        moderation::Prepare(conference_, std::move(request.participant), now)));
  if (recording_) KeepRecording(now);
  const Participant& participant = *conference_.Find(call_id);
  const int count = conference_.JoinedCount();
  participants_max_ = std::max(participants_max_, count);
  if (is_first) NoteRecord();
  LOG_INFO("conference {}: call {} joined, {} present", id_, call_id, count);
  done({.outcome = Outcome::kJoined,
        .participants = std::max(count, 1),
        .is_recorded = participant.awaits_notice,
        .is_muted = participant.is_muted,
        .is_waiting = participant.state == ParticipantState::kWaiting,
        .is_moderator = participant.role == Role::kModerator,
        .is_permanent = conference_.terms.is_permanent()});
  TellCount(call_id);
  // The others were warned before this one came.
  if (is_late) Tell(call_id, ivr::ExpiryWarned{.left = left});
}

// ---- Going --------------------------------------------------------------------------------

void ConferenceActor::Leave(std::string call_id) {
  Post([self = shared_from_this(), call_id = std::move(call_id)] { self->Remove(call_id); });
}

void ConferenceActor::Remove(const std::string& call_id) {
  const Participant* participant = conference_.Find(call_id);
  if (participant == nullptr) return;
  const std::string name_prompt_id = participant->name_prompt_id;
  members_.erase(call_id);
  Take(moderation::Leave(conference_, call_id));
  if (conference_.JoinedCount() == 0) ForgetName(name_prompt_id);  // Nobody was left to hear it.
  LOG_INFO("conference {}: call {} left, {} present", id_, call_id, conference_.JoinedCount());
  TellCount("");
  EndIfEmpty();
}

void ConferenceActor::EndIfEmpty() {
  const bool is_anybody_there =
      std::any_of(conference_.participants.begin(), conference_.participants.end(),
                  [](const Participant& participant) { return participant.IsPresent(); });
  if (is_over_ || is_anybody_there || joining_ > 0) return;
  is_over_ = true;
  for (const auto& [call_id, member] : members_) {
    if (member.call) member.call->GiveUp();
  }
  if (conference_.recording.status != RecordingStatus::kOff) {
    const std::string id = std::exchange(conference_.recording, {}).id;
    mixer_->StopRecording(id, [self = shared_from_this(), id](auto sizes) {
      LogFailure("stopping its recording", self->id_, sizes.status());
      if (!sizes.ok()) return;
      self->strand_.Post([self, id, sizes = *std::move(sizes)] { self->KeepSizes(id, sizes); });
    });
    KeepRecording(services_.clock.Now());
  }
  if (has_room_) {
    mixer_->DeleteRoom(room_id(), [id = id_](absl::Status status) {
      LogFailure("deleting its room", id, status);
    });
  }
  Forget();
  Publish(ConferenceOver{});
  if (participants_max_ > 0) NoteRecord();
  watchers_.clear();
  members_.clear();
  LOG_INFO("conference {} ended", id_);
  on_empty_();
}

void ConferenceActor::TellCount(const std::string& except_call_id) {
  const int count = conference_.JoinedCount();
  for (const Participant& participant : conference_.participants) {
    if (!participant.IsPresent() || participant.call_id == except_call_id) continue;
    Tell(participant.call_id, ivr::RosterChanged{.participants = std::max(count, 1)});
  }
}

void ConferenceActor::PlayToAll(PromptKey sound, const std::string& name_prompt_id) {
  const absl::Time now = services_.clock.Now();
  absl::Time& last = tones_.try_emplace(sound, absl::InfinitePast()).first->second;
  if (name_prompt_id.empty() && now < last + kToneEvery) return;
  last = now;
  const Language language = conference_.terms.language;
  std::vector<mixers::PlayItem> items = services_.speak(language, {{{.key = sound}}});
  const bool leaves = sound == PromptKey::kExitTone;
  if (!name_prompt_id.empty()) {
    items.push_back(mixers::PlayPrompt{name_prompt_id});
    const Phrase verb = {.key = leaves ? PromptKey::kNameLeaves : PromptKey::kNameJoins};
    for (mixers::PlayItem& item : services_.speak(language, {{verb}})) {
      items.push_back(std::move(item));
    }
  }
  mixer_->Play(
      {.playback_id = absl::StrCat(id_, "-", absl::Hex(services_.random.Next()), "-", ++sounds_),
       .target = mixers::RoomTarget{room_id()},
       .items = std::move(items),
       .append = true},
      [self = shared_from_this(), name_prompt_id, leaves](absl::Status status) {
        LogFailure("a tone", self->id_, status);
        // What plays is heard to its end; nobody will say this name again.
        if (leaves) self->ForgetName(name_prompt_id);
      });
}

void ConferenceActor::ForgetName(const std::string& name_prompt_id) {
  if (name_prompt_id.empty()) return;
  mixer_->DeletePrompt(name_prompt_id, [id = id_](absl::Status status) {
    LogFailure("forgetting a name", id, status);
  });
}

void ConferenceActor::Tell(const std::string& call_id, ivr::IvrEvent event) {
  const auto member = members_.find(call_id);
  if (member != members_.end() && member->second.call) member->second.call->Tell(std::move(event));
}

void ConferenceActor::NoteGuessers() {
  Post([self = shared_from_this()] {
    for (const Participant& participant : self->conference_.participants) {
      if (participant.role != Role::kModerator || !participant.IsPresent()) continue;
      self->Tell(participant.call_id,
                 ivr::Announced{.phrases = {{.key = PromptKey::kGuessersLocked}}});
    }
  });
}

void ConferenceActor::NoteSpeaking(std::string call_id, bool is_speaking) {
  Post([self = shared_from_this(), call_id = std::move(call_id), is_speaking] {
    Participant* participant = self->conference_.Find(call_id);
    if (participant == nullptr || participant->is_speaking == is_speaking) return;
    participant->is_speaking = is_speaking;
    self->Publish(ParticipantChanged{*participant});
  });
}

void ConferenceActor::NoteQuality(std::string call_id, const CallQuality& quality) {
  Post([self = shared_from_this(), call_id = std::move(call_id), quality] {
    Participant* participant = self->conference_.Find(call_id);
    if (participant == nullptr || participant->quality == quality) return;
    participant->quality = quality;
    self->Publish(ParticipantChanged{*participant});
  });
}

void ConferenceActor::NoteNoticeHeard(std::string call_id) {
  Post([self = shared_from_this(), call_id = std::move(call_id)] {
    self->Take(moderation::NoticeHeard(self->conference_, call_id));
  });
}

// ---- After a restart ----------------------------------------------------------------------

void ConferenceActor::Restore() {
  is_restoring_ = true;
  has_room_ = true;
  struct Saved {
    std::optional<storage::SavedConference> conference;
    std::optional<storage::ConferenceRecordingRow> recording;
  };
  services_.database.SubmitQuery<Saved>(
      [id = id_](storage::Transaction& transaction) {
        Saved saved{.conference = storage::FindConference(transaction, id)};
        if (saved.conference && !saved.conference->recording.id.empty()) {
          saved.recording =
              storage::FindConferenceRecording(transaction, saved.conference->recording.id);
        }
        return absl::StatusOr<Saved>(std::move(saved));
      },
      [self = shared_from_this()](absl::StatusOr<Saved> saved) {
        self->strand_.Post([self, saved = std::move(saved)] {
          LogFailure("reading what was set", self->id_, saved.status());
          if (saved.ok()) {
            self->TakeUp(saved->conference, saved->recording);
          } else {
            self->TakeUp(std::nullopt, std::nullopt);
          }
        });
      });
}

void ConferenceActor::TakeUp(const std::optional<storage::SavedConference>& saved,
                             const std::optional<storage::ConferenceRecordingRow>& recording) {
  if (saved) {
    conference_.started_at = saved->started_at;
    conference_.is_locked = saved->is_locked;
    conference_.is_lecture = saved->is_lecture;
    conference_.is_all_muted = saved->is_all_muted;
    conference_.participants_max = saved->participants_max;
    conference_.groups = saved->groups;
    conference_.recording = saved->recording;
    saved_ = saved->participants;
    recording_ = recording;
  }
  // Whatever the mixer has: it is told once what holds.
  is_restoring_ = false;
  SyncRoom();
  if (conference_.recording.status == RecordingStatus::kRunning) {
    SoundRecordingTone(conference_.recording.id);
  }
  // A moderator has been here, or they would all be waiting; whether one still is, is seen soon.
  if (conference_.terms.wait_for_moderator && conference_.terms.end_without_moderator) {
    Do(moderation::StartGrace{});
  }
  ScheduleExpiryWarning();
  for (Task& task : std::exchange(waiting_, {})) task();
}

void ConferenceActor::Resume(JoinRequest request, JoinDone done) {
  has_room_ = true;
  const std::string call_id = request.participant.call_id;
  Participant& participant = request.participant;
  const auto saved = std::find_if(saved_.begin(), saved_.end(), [&](const Participant& known) {
    return known.call_id == call_id;
  });
  if (saved != saved_.end()) {
    const Participant from_call = std::exchange(participant, *saved);
    participant.number = from_call.number;
    participant.language = from_call.language;
  } else {  // It came in while the database was not asked any more.
    participant.is_self_muted = request.settings.is_muted;
    participant.is_deaf = request.settings.is_deaf;
    participant.is_held = request.settings.is_held;
    participant.gain_db = request.settings.gain_db;
    participant.group_id = request.settings.group_id;
    if (request.settings.is_presenter) participant.role = Role::kPresenter;
  }
  Member& member = members_[call_id];
  member.call = std::move(request.call);
  member.mixer = std::move(request.mixer);
  member.leg_id = std::move(request.leg_id);
  member.settings = std::move(request.settings);
  moderation::Step step{.conference = conference_};
  step.conference.participants.push_back(std::move(participant));
  Take(std::move(step));
  const Participant& taken = conference_.participants.back();
  const int count = conference_.JoinedCount();
  participants_max_ = std::max(participants_max_, count);
  // After a restart the first to be taken up tell since when it has been going on.
  conference_.started_at = std::min(conference_.started_at, taken.joined_at);
  if (members_.size() == 1) NoteRecord();
  LOG_INFO("conference {}: call {} is taken up, {} present", id_, call_id, count);
  done({.outcome = Outcome::kJoined,
        .participants = std::max(count, 1),
        .is_muted = taken.is_muted || taken.is_self_muted,
        .is_waiting = moderation::LegSettingsOf(taken).is_held,
        .is_moderator = taken.role == Role::kModerator,
        .is_permanent = conference_.terms.is_permanent()});
  TellCount(call_id);
}

void ConferenceActor::NoteRecord() {
  services_.reports.NoteConference(
      {.id = id_,
       .room_number = conference_.terms.room.digits(),
       .tenant_id = tenant_id_,
       .started_at = conference_.started_at,
       .ended_at = is_over_ ? std::optional<absl::Time>(services_.clock.Now()) : std::nullopt,
       .participants_max = participants_max_});
}

// ---- Expiry -------------------------------------------------------------------------------

void ConferenceActor::MoveExpiry(absl::Time expires_at) {
  Post([self = shared_from_this(), expires_at] {
    if (self->conference_.terms.expires_at == expires_at) return;
    self->conference_.terms.expires_at = expires_at;
    self->PublishState();
    self->ScheduleExpiryWarning();
  });
}

void ConferenceActor::ScheduleExpiryWarning() {
  const absl::Duration warning = services_.reservations.settings().terms.warning;
  const absl::Duration left = conference_.terms.expires_at - services_.clock.Now();
  const uint64_t schedule = ++expiry_schedule_;
  // A permanent room never expires. Where the time for the warning has passed it is now, but after the
  // expiry it would be pointless.
  if (left <= absl::ZeroDuration() || left == absl::InfiniteDuration()) return;
  services_.executor.PostAfter(std::max(left - warning, absl::ZeroDuration()),
                               [weak = weak_from_this(), schedule] {
                                 const auto self = weak.lock();
                                 if (self == nullptr) return;
                                 self->Post([self, schedule] { self->WarnOfExpiry(schedule); });
                               });
}

void ConferenceActor::WarnOfExpiry(uint64_t schedule) {
  if (schedule != expiry_schedule_) return;  // Extended meanwhile.
  const absl::Duration left = conference_.terms.expires_at - services_.clock.Now();
  for (const Participant& participant : conference_.participants) {
    if (participant.IsPresent()) Tell(participant.call_id, ivr::ExpiryWarned{.left = left});
  }
}

// ---- Seeing -------------------------------------------------------------------------------

void ConferenceActor::Get(absl::AnyInvocable<void(Conference)> done) {
  Post([self = shared_from_this(), done = std::move(done)]() mutable { done(self->conference_); });
}

void ConferenceActor::Watch(std::optional<uint64_t> cursor, Watcher watcher) {
  Post([self = shared_from_this(), cursor, watcher = std::move(watcher)]() mutable {
    const absl::Time now = self->services_.clock.Now();
    const uint64_t oldest = self->sequence_ - self->history_.size();  // The last one forgotten.
    const bool can_resume = cursor && *cursor >= oldest && *cursor <= self->sequence_;
    if (cursor && !can_resume && !watcher({self->sequence_, now, ChangesMissed{}})) return;
    if (can_resume) {
      for (const ConferenceChange& change : self->history_) {
        if (change.sequence > *cursor && !watcher(change)) return;
      }
    } else if (!watcher({self->sequence_, now, WholeConference{self->conference_}})) {
      return;
    }
    if (!self->is_over_) self->watchers_.push_back(std::move(watcher));
  });
}

void ConferenceActor::PublishState() {
  Conference conference = conference_;
  conference.participants.clear();
  Publish(ConferenceStateChanged{std::move(conference)});
}

}  // namespace narada::control::calls
