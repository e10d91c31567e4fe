// Commands to a conference, and how what moderation decides is carried out.

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "control/calls/conference_actor.h"
#include "control/calls/conference_log.h"

namespace narada::control::calls {
namespace {

// A call out that failed stays in the list for so long.
constexpr absl::Duration kFailedShown = absl::Seconds(60);

// What a moderator on the phone hears of a command that was refused.
PromptKey WordsFor(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  if (reason == "NOT_MODERATOR") return PromptKey::kModeratorsOnly;
  if (reason == "DESTINATION_BARRED") return PromptKey::kCallOutBarred;
  if (reason == "NO_GATEWAY" || reason == "CALL_OUT_LIMIT") return PromptKey::kCallOutFailed;
  return PromptKey::kNotPossible;
}

absl::Status Over() {
  return ErrorWithReason(absl::StatusCode::kNotFound, "CONFERENCE_UNKNOWN",
                         "the conference has ended");
}

}  // namespace

void ConferenceActor::Command(moderation::Actor actor, moderation::Command command,
                              CommandDone done) {
  Post([self = shared_from_this(), actor = std::move(actor), command = std::move(command),
        done = std::move(done)]() mutable { self->Run(actor, command, std::move(done)); });
}

void ConferenceActor::Run(const moderation::Actor& actor, const moderation::Command& command,
                          CommandDone done) {
  if (is_over_) return done(Over());
  // Every end of a command is noted, and waits until what it changed is kept.
  CommandDone finish = [self = shared_from_this(), actor, command, done = std::move(done)](
                           absl::StatusOr<moderation::CommandResult> result) mutable {
    if (!result.ok()) {
      self->Tell(actor.call_id, ivr::Announced{.phrases = {{.key = WordsFor(result.status())}}});
    }
    const absl::Status outcome = result.status();
    self->Audit(actor, command, outcome,
                [done = std::move(done), result = std::move(result)]() mutable {
                  done(std::move(result));
                });
  };
  const auto* call_out = std::get_if<moderation::CallOut>(&command);
  if (call_out != nullptr) {
    const auto known = request_ids_.find(call_out->request_id);
    if (known != request_ids_.end()) {
      return finish(moderation::CommandResult{.call_id = known->second});
    }
  }
  const std::string fresh_id = absl::StrCat(absl::Hex(services_.random.Next(), absl::kZeroPad16));
  absl::StatusOr<moderation::Step> step =
      moderation::Apply(conference_, actor, command, fresh_id, services_.clock.Now());
  if (!step.ok()) return finish(step.status());
  moderation::CommandResult result;
  if (call_out != nullptr) {
    const absl::Status dialled =
        StartDial(fresh_id, *step->conference.Find(fresh_id), actor, call_out->retries);
    if (!dialled.ok()) return finish(dialled);
    request_ids_[call_out->request_id] = fresh_id;
    result.call_id = fresh_id;
  }
  const std::vector<moderation::Action> actions = step->actions;
  Take(*std::move(step));
  for (const moderation::Action& action : actions) {
    if (const auto* what = std::get_if<moderation::SwitchRecording>(&action)) {
      return SwitchRecording(*what, std::move(finish));
    }
    if (const auto* what = std::get_if<moderation::Invite>(&action)) {
      return Invite(what->invitations, actor, std::move(finish));
    }
  }
  finish(std::move(result));
}

void ConferenceActor::Take(moderation::Step step) {
  const Conference before = std::exchange(conference_, std::move(step.conference));
  std::unordered_map<std::string, const Participant*> old;
  for (const Participant& participant : before.participants) {
    old[participant.call_id] = &participant;
  }
  for (const Participant& participant : conference_.participants) {
    const auto known = old.find(participant.call_id);
    if (known == old.end() || *known->second != participant) {
      Publish(ParticipantChanged{participant});
      SyncLeg(participant.call_id);
    }
    const bool is_moderator = participant.role == Role::kModerator;
    if (known != old.end() && (known->second->role == Role::kModerator) != is_moderator) {
      Tell(participant.call_id, ivr::RoleChanged{.is_moderator = is_moderator});
    }
    if (known != old.end()) old.erase(known);
  }
  for (const Participant& participant : before.participants) {
    if (old.contains(participant.call_id)) Publish(ParticipantLeft{participant});
  }
  Conference bare_before = before, bare = conference_;
  bare_before.participants.clear();
  bare.participants.clear();
  if (bare != bare_before) Publish(ConferenceStateChanged{std::move(bare)});
  SyncRoom();
  Keep(before);
  if (before.JoinedCount() != conference_.JoinedCount() && !before.participants.empty()) {
    // Whoever stopped waiting hears that they are not alone; comings and goings tell by themselves.
    if (before.participants.size() == conference_.participants.size()) TellCount("");
  }
  for (const moderation::Action& action : step.actions) {
    std::visit([this](const auto& what) { Do(what); }, action);
  }
}

// ---- The mixer follows ----------------------------------------------------------------------

void ConferenceActor::SyncLeg(const std::string& call_id) {
  const auto found = members_.find(call_id);
  const Participant* participant = conference_.Find(call_id);
  if (found == members_.end() || participant == nullptr || !participant->IsPresent()) return;
  Member& member = found->second;
  // One at a time: two that overtake each other would leave the older one in effect.
  if (member.leg_id.empty() || !member.is_told) return;
  LegSettings settings = moderation::LegSettingsOf(*participant);
  if (settings == member.settings) return;
  member.settings = settings;
  member.is_told = false;
  member.mixer->UpdateLeg(member.leg_id, std::move(settings),
                          [self = shared_from_this(), call_id](absl::Status status) {
                            self->strand_.Post([self, call_id, status] {
                              LogFailure("changing a leg", self->id_, status);
                              const auto member = self->members_.find(call_id);
                              if (member == self->members_.end()) return;
                              member->second.is_told = true;
                              self->SyncLeg(call_id);
                            });
                          });
}

void ConferenceActor::SyncRoom() {
  RoomSettings settings = moderation::RoomSettingsOf(conference_);
  if (!has_room_ || !is_room_told_ || settings == room_settings_) return;
  room_settings_ = settings;
  is_room_told_ = false;
  mixer_->UpdateRoom(room_id(), std::move(settings),
                     [self = shared_from_this()](absl::Status status) {
                       self->strand_.Post([self, status] {
                         LogFailure("changing its room", self->id_, status);
                         self->is_room_told_ = true;
                         self->SyncRoom();
                       });
                     });
}

// ---- Words and tones ------------------------------------------------------------------------

void ConferenceActor::Do(const moderation::Announce& action) {
  for (const std::string& call_id : action.call_ids) {
    Tell(call_id, ivr::Announced{.phrases = action.phrases});
  }
}

void ConferenceActor::Do(const moderation::TellMute& action) {
  Tell(action.call_id, ivr::MuteChanged{.is_muted = action.is_muted});
}

void ConferenceActor::Do(const moderation::TellHold& action) {
  Tell(action.call_id, ivr::HoldChanged{.is_held = action.is_held, .why = action.why});
}

void ConferenceActor::Do(const moderation::Sound& action) {
  PlayToAll(action.key, action.name_prompt_id);
}

void ConferenceActor::Do(const moderation::Expel& action) {
  using Why = ivr::ConferenceLeft::Why;
  Tell(action.call_id,
       ivr::ConferenceLeft{.why = action.why == moderation::Expel::Why::kEnded ? Why::kEnded
                                                                               : Why::kRemoved});
}

void ConferenceActor::Do(const moderation::StartGrace&) {
  const absl::Duration grace = services_.settings.moderator_grace;
  const uint64_t schedule = ++grace_schedule_;
  for (const Participant& participant : conference_.participants) {
    if (!participant.IsPresent()) continue;
    Tell(participant.call_id, ivr::Announced{.phrases = {{.key = PromptKey::kModeratorLeft,
                                                          .arguments = {SpokenDuration{grace}}}}});
  }
  services_.executor.PostAfter(grace, [weak = weak_from_this(), schedule] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->Post([self, schedule] {
      if (schedule != self->grace_schedule_) return;  // Another moderator has left since.
      self->Take(moderation::LackOfModerator(self->conference_));
    });
  });
}

// ---- Calling out ----------------------------------------------------------------------------

// Run starts it, since it can be refused.
void ConferenceActor::Do(const moderation::Dial&) {}

std::string ConferenceActor::InviterDigits(const moderation::Actor& actor) const {
  const NumberingPlan& numbering = services_.settings.numbering;
  // Who acts by phone; else, on behalf of a console, a moderator who is in; else the service's number.
  const Participant* inviter = conference_.Find(actor.call_id);
  for (const Participant& participant : conference_.participants) {
    if (inviter != nullptr) break;
    if (participant.role == Role::kModerator && participant.number) inviter = &participant;
  }
  if (inviter != nullptr && inviter->number) return numbering.ForSpeaking(*inviter->number);
  const std::optional<PhoneNumber> access = PhoneNumber::FromE164(conference_.terms.access_number);
  return access ? numbering.ForSpeaking(*access) : "";
}

absl::Status ConferenceActor::StartDial(const std::string& call_id, const Participant& participant,
                                        const moderation::Actor& actor, int retries) {
  const std::string inviter = InviterDigits(actor);
  absl::StatusOr<std::shared_ptr<ParticipantCall>> call =
      dialler_.Dial({.conference = shared_from_this(),
                     .call_id = call_id,
                     .attempt = 1,
                     .number = *participant.number,
                     .language = participant.language,
                     .inviter = inviter,
                     .terms = conference_.terms,
                     .mixer = mixer_});
  if (!call.ok()) return call.status();
  Member& member = members_[call_id];
  member.call = *std::move(call);
  member.retries = retries;
  member.inviter = inviter;
  return absl::OkStatus();
}

void ConferenceActor::NoteDial(std::string call_id, DialNews news) {
  Post([self = shared_from_this(), call_id = std::move(call_id), news = std::move(news)] {
    const auto found = self->members_.find(call_id);
    const Participant* participant = self->conference_.Find(call_id);
    if (found == self->members_.end() || participant == nullptr || participant->IsPresent()) {
      return;
    }
    Member& member = found->second;
    const bool is_over = news.state == ParticipantState::kFailed;
    if (is_over) member.call = nullptr;
    const bool is_tried_again = is_over && news.may_retry && member.retries > 0;
    if (is_tried_again) {
      --member.retries;
      ++member.attempt;
      self->services_.executor.PostAfter(self->services_.settings.redial_pause,
                                         [weak = self->weak_from_this(), call_id] {
                                           if (const auto self = weak.lock()) {
                                             self->Post([self, call_id] { self->Redial(call_id); });
                                           }
                                         });
    } else if (is_over) {
      self->services_.executor.PostAfter(
          kFailedShown, [weak = self->weak_from_this(), call_id, attempt = member.attempt] {
            if (const auto self = weak.lock()) {
              self->Post([self, call_id, attempt] { self->DropFailed(call_id, attempt); });
            }
          });
    }
    LOG_INFO("conference {}: call out {}: {}", self->id_, call_id,
             news.failure.empty() ? "goes on" : news.failure);
    self->Take(moderation::DialProgress(self->conference_, call_id,
                                        is_tried_again ? ParticipantState::kDialling : news.state,
                                        news.failure));
  });
}

void ConferenceActor::Redial(const std::string& call_id) {
  const auto found = members_.find(call_id);
  const Participant* participant = conference_.Find(call_id);
  if (is_over_ || found == members_.end() || participant == nullptr || found->second.call) return;
  Member& member = found->second;
  absl::StatusOr<std::shared_ptr<ParticipantCall>> call =
      dialler_.Dial({.conference = shared_from_this(),
                     .call_id = call_id,
                     .attempt = member.attempt,
                     .number = *participant->number,
                     .language = participant->language,
                     .inviter = member.inviter,
                     .terms = conference_.terms,
                     .mixer = mixer_});
  if (call.ok()) {
    member.call = *std::move(call);
    Take(moderation::DialProgress(conference_, call_id, ParticipantState::kDialling, ""));
  } else {
    NoteDial(call_id, {.state = ParticipantState::kFailed,
                       .failure = std::string(call.status().message()),
                       .may_retry = true});
  }
}

void ConferenceActor::DropFailed(const std::string& call_id, int attempt) {
  const auto member = members_.find(call_id);
  const Participant* participant = conference_.Find(call_id);
  if (member == members_.end() || participant == nullptr) return;
  if (participant->state == ParticipantState::kFailed && member->second.attempt == attempt) {
    Remove(call_id);
  }
}

void ConferenceActor::Do(const moderation::CancelDial& action) {
  const auto member = members_.find(action.call_id);
  const std::shared_ptr<ParticipantCall> call =
      member == members_.end() ? nullptr : member->second.call;
  members_.erase(action.call_id);
  Take(moderation::Leave(conference_, action.call_id));
  if (call) call->GiveUp();
}

// ---- Recording ------------------------------------------------------------------------------

// Run starts it, since the mixer can refuse it.
void ConferenceActor::Do(const moderation::SwitchRecording&) {}

void ConferenceActor::SwitchRecording(const moderation::SwitchRecording& what, CommandDone done) {
  using Sizes = absl::StatusOr<mixers::TrackSizes>;
  absl::AnyInvocable<void(Sizes)> stopped = [self = shared_from_this(), what,
                                             done = std::move(done)](Sizes sizes) mutable {
    self->strand_.Post([self, what, sizes = std::move(sizes), done = std::move(done)]() mutable {
      self->OnRecordingSwitched(what, sizes, std::move(done));
    });
  };
  using What = moderation::ControlRecording::What;
  if (what.what == What::kStop) {
    return mixer_->StopRecording(what.recording_id, std::move(stopped));
  }
  mixers::Mixer::Done answered = [stopped = std::move(stopped)](absl::Status status) mutable {
    stopped(status.ok() ? Sizes(mixers::TrackSizes()) : Sizes(std::move(status)));
  };
  switch (what.what) {
    case What::kStart:
      return mixer_->StartRecording(
          {.recording_id = what.recording_id,
           .room_id = room_id(),
           .with_legs = services_.settings.are_legs_recorded,
           .labels = {{"narada.conference", id_}, {"narada.tenant", tenant_id_}}},
          std::move(answered));
    case What::kPause:
      return mixer_->PauseRecording(what.recording_id, std::move(answered));
    case What::kResume:
      return mixer_->ResumeRecording(what.recording_id, std::move(answered));
    case What::kStop:
      return;  // Above.
  }
}

void ConferenceActor::OnRecordingSwitched(const moderation::SwitchRecording& what,
                                          const absl::StatusOr<mixers::TrackSizes>& sizes,
                                          CommandDone done) {
  using What = moderation::ControlRecording::What;
  const absl::Status& status = sizes.status();
  // A mixer that has lost the recording has stopped it, too.
  const bool is_gone = what.what == What::kStop && status.code() == absl::StatusCode::kNotFound;
  if (!status.ok() && !is_gone) {
    LogFailure("its recording", id_, status);
    Take(moderation::RecordingNotSwitched(conference_));
    return done(status);
  }
  const absl::Time now = services_.clock.Now();
  Take(moderation::RecordingSwitched(conference_, what, now));
  if (what.what == What::kStart || what.what == What::kStop) KeepRecording(now);
  if (what.what == What::kStop && sizes.ok()) KeepSizes(what.recording_id, *sizes);
  if (what.what == What::kStart) SoundRecordingTone(what.recording_id);
  done(moderation::CommandResult{});
}

void ConferenceActor::SoundRecordingTone(const std::string& recording_id) {
  const absl::Duration every = services_.settings.recording_tone;
  if (every <= absl::ZeroDuration() || !conference_.terms.is_recording_announced) return;
  services_.executor.PostAfter(every, [weak = weak_from_this(), recording_id] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->Post([self, recording_id] {
      const RecordingState& recording = self->conference_.recording;
      if (self->is_over_ || recording.id != recording_id) return;
      if (recording.status == RecordingStatus::kRunning) {
        self->PlayToAll(PromptKey::kRecordingTone);
      }
      self->SoundRecordingTone(recording_id);
    });
  });
}

// ---- Invitations ----------------------------------------------------------------------------

// Run sends them, since the outbox can refuse them.
void ConferenceActor::Do(const moderation::Invite&) {}

void ConferenceActor::Invite(const moderation::SendInvitations& what,
                             const moderation::Actor& actor, CommandDone done) {
  services_.invite({.request_id = absl::StrCat(id_, "-", what.request_id),
                    .terms = conference_.terms,
                    .actor = actor.name,
                    .language = what.language.value_or(conference_.terms.language),
                    .numbers = what.numbers},
                   [self = shared_from_this(),
                    done = std::move(done)](absl::StatusOr<std::vector<std::string>> sent) mutable {
                     self->strand_.Post([sent = std::move(sent), done = std::move(done)]() mutable {
                       if (!sent.ok()) return done(sent.status());
                       done(moderation::CommandResult{.message_ids = *std::move(sent)});
                     });
                   });
}

}  // namespace narada::control::calls
