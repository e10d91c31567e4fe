// What is kept of a conference for a control that comes after this one, and the audit log.

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/calls/conference_actor.h"
#include "control/calls/conference_log.h"
#include "control/storage/audit_table.h"

namespace narada::control::calls {
namespace {

// All that is kept of a participant.
Participant Kept(Participant participant) {
  participant.number.reset();
  participant.language = Language::kPolish;
  participant.is_speaking = false;
  participant.awaits_notice = false;
  participant.failure.clear();
  return participant;
}

const char* CapacityName(moderation::Capacity capacity) {
  switch (capacity) {
    case moderation::Capacity::kParticipant:
      return "participant";
    case moderation::Capacity::kModerator:
      return "moderator";
    case moderation::Capacity::kOperator:
      return "operator";
  }
  return "";
}

const char* ChannelName(moderation::Channel channel) {
  switch (channel) {
    case moderation::Channel::kPhone:
      return "phone";
    case moderation::Channel::kConsole:
      return "console";
    case moderation::Channel::kGrpc:
      return "grpc";
  }
  return "";
}

std::string OutcomeName(const absl::Status& status) {
  if (status.ok()) return "OK";
  const std::string reason = ReasonOf(status);
  return reason.empty() ? absl::StatusCodeToString(status.code()) : reason;
}

Conference WithoutParticipants(const Conference& conference) {
  Conference bare = conference;
  bare.participants.clear();
  return bare;
}

}  // namespace

void ConferenceActor::Write(WriteRows write, absl::AnyInvocable<void()> done) {
  writes_.push_back({std::move(write), std::move(done)});
  Flush();
}

void ConferenceActor::Flush() {
  if (is_writing_ || writes_.empty()) return;
  is_writing_ = true;
  std::vector<WriteRows> rows;
  std::vector<absl::AnyInvocable<void()>> dones;
  for (PendingWrite& pending : std::exchange(writes_, {})) {
    rows.push_back(std::move(pending.write));
    if (pending.done) dones.push_back(std::move(pending.done));
  }
  services_.database.Submit(
      [rows = std::move(rows)](storage::Transaction& transaction) {
        for (const WriteRows& write : rows) write(transaction);
        return absl::OkStatus();
      },
      [self = shared_from_this(), dones = std::move(dones)](absl::Status written) mutable {
        self->strand_.Post([self, written, dones = std::move(dones)]() mutable {
          LogFailure("keeping its state", self->id_, written);
          for (absl::AnyInvocable<void()>& done : dones) done();
          self->is_writing_ = false;
          self->Flush();
        });
      });
}

void ConferenceActor::Keep(const Conference& before) {
  std::vector<Participant> changed;
  std::vector<std::string> gone;
  std::map<absl::string_view, const Participant*> old;
  for (const Participant& participant : before.participants) {
    if (participant.IsPresent()) old[participant.call_id] = &participant;
  }
  for (const Participant& participant : conference_.participants) {
    if (!participant.IsPresent()) continue;
    const auto known = old.find(participant.call_id);
    Participant kept = Kept(participant);
    if (known == old.end() || Kept(*known->second) != kept) changed.push_back(std::move(kept));
    if (known != old.end()) old.erase(known);
  }
  for (const auto& [call_id, participant] : old) gone.emplace_back(call_id);
  const bool is_first = before.participants.empty() && !changed.empty();
  std::optional<Conference> state;
  if (is_first || WithoutParticipants(before) != WithoutParticipants(conference_)) {
    state = WithoutParticipants(conference_);
  }
  if (changed.empty() && gone.empty() && !state) return;
  Write(
      [id = id_, state = std::move(state), changed = std::move(changed), gone = std::move(gone),
       now = services_.clock.Now()](storage::Transaction& transaction) {
        if (state) storage::PutConference(transaction, *state, now);
        for (const Participant& participant : changed) {
          storage::PutParticipant(transaction, id, participant);
        }
        for (const std::string& call_id : gone) storage::DeleteParticipant(transaction, call_id);
      },
      nullptr);
}

void ConferenceActor::KeepRecording(absl::Time now) {
  const RecordingState& recording = conference_.recording;
  const bool is_over = recording.status == RecordingStatus::kOff;
  if (is_over && !recording_) return;
  if (!recording_) {
    recording_ = storage::ConferenceRecordingRow{.id = recording.id,
                                                 .conference_id = id_,
                                                 .tenant_id = tenant_id_,
                                                 .mixer = mixer_->address(),
                                                 .started_at = now,
                                                 .tracks = {{.id = "mix"}}};
  }
  if (services_.settings.are_legs_recorded) {
    for (const auto& [call_id, member] : members_) {
      const auto is_its = [&](const auto& track) { return track.id == member.leg_id; };
      if (member.leg_id.empty() ||
          std::any_of(recording_->tracks.begin(), recording_->tracks.end(), is_its)) {
        continue;
      }
      recording_->tracks.push_back({.id = member.leg_id, .call_id = call_id});
    }
  }
  if (is_over) {
    recording_->ended_at = now;
    recording_->expires_at = now + services_.settings.recording_kept;
  }
  Write(
      [row = *recording_](storage::Transaction& transaction) {
        storage::PutConferenceRecording(transaction, row);
      },
      nullptr);
  if (is_over) recording_.reset();
}

void ConferenceActor::KeepSizes(const std::string& recording_id, const mixers::TrackSizes& sizes) {
  Write(
      [recording_id, sizes](storage::Transaction& transaction) {
        storage::SetTrackSizes(transaction, recording_id, sizes);
      },
      nullptr);
}

void ConferenceActor::Forget() {
  Write(
      [id = id_](storage::Transaction& transaction) { storage::DeleteConference(transaction, id); },
      nullptr);
}

void ConferenceActor::Audit(const moderation::Actor& actor, const moderation::Command& command,
                            const absl::Status& outcome, absl::AnyInvocable<void()> done) {
  moderation::Capacity capacity = actor.capacity;
  std::string name = actor.name;
  if (!actor.call_id.empty()) {
    capacity = moderation::MaySteer(actor, conference_) ? moderation::Capacity::kModerator
                                                        : moderation::Capacity::kParticipant;
    const Participant* participant = conference_.Find(actor.call_id);
    if (name.empty() && participant != nullptr && participant->number) {
      name = participant->number->Masked();
    }
  }
  storage::AuditRow row{.id = absl::StrCat(absl::Hex(services_.random.Next(), absl::kZeroPad16)),
                        .at = services_.clock.Now(),
                        .conference_id = id_,
                        .tenant_id = tenant_id_,
                        .capacity = CapacityName(capacity),
                        .actor = std::move(name),
                        .channel = ChannelName(actor.channel),
                        .command = moderation::CommandName(command),
                        .detail = moderation::CommandDetail(command),
                        .outcome = OutcomeName(outcome)};
  Write([row = std::move(row)](
            storage::Transaction& transaction) { storage::InsertAudit(transaction, row); },
        std::move(done));
}

}  // namespace narada::control::calls
