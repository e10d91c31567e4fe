// One conference: who is in, on which mixer, and what is done to it. Commands from a phone's key, the
// console and gRPC end here and have one effect. What they mean is decided by control/moderation; this
// class keeps the conference, brings the mixer in line with it and carries the actions out.
//
//   conference->Join({.call = call, .participant = ..., .mixer = mixer, .leg_id = leg}, done);
//   conference->Command(actor, moderation::MuteAll{.is_muted = true}, done);
//   conference->Watch(cursor, [](const ConferenceChange& change) { ...; return true; });
//   conference->Leave(call_id);
//
// It lives from its first participant to its last. A control that is killed and comes back takes it up
// from the mixer (who is there), and from the database (what they are and what was set).
//
// Every method may be called on any thread: it posts to the conference's strand and returns. `done` and
// watchers are called on the strand and return at once.

#ifndef NARADA_CONTROL_CALLS_CONFERENCE_ACTOR_H_
#define NARADA_CONTROL_CALLS_CONFERENCE_ACTOR_H_

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "control/calls/call_services.h"
#include "control/calls/executor.h"
#include "control/ivr/ivr.h"
#include "control/mixers/mixer.h"
#include "control/model/call_quality.h"
#include "control/model/conference.h"
#include "control/model/conference_terms.h"
#include "control/moderation/command.h"
#include "control/moderation/moderation.h"
#include "control/storage/conference_recording_table.h"
#include "control/storage/conference_table.h"

namespace narada::control::calls {

class ConferenceActor;

// The call of a participant, as far as the conference needs it. Any thread.
class ParticipantCall {
 public:
  virtual ~ParticipantCall() = default;
  // Goes to the call's dialogue.
  virtual void Tell(ivr::IvrEvent event) = 0;
  // Ends a call of ours that has not come in yet.
  virtual void GiveUp() = 0;
};

// Somebody is to be called, and to come in after pressing 1.
struct DialOrder {
  std::shared_ptr<ConferenceActor> conference;  // Is told by NoteDial what becomes of it.
  std::string call_id;                          // The participant's.
  int attempt = 1;                              // From 1.
  PhoneNumber number;
  Language language = Language::kPolish;
  std::string inviter;  // Digits to be spoken; empty: nobody's number is known.
  ConferenceTerms terms;
  std::shared_ptr<mixers::Mixer> mixer;
};

// Calls people for conferences. Any thread.
class Dialler {
 public:
  virtual ~Dialler() = default;
  // Errors: UNAVAILABLE / NO_GATEWAY, RESOURCE_EXHAUSTED / CALL_OUT_LIMIT (RetryInfo).
  virtual absl::StatusOr<std::shared_ptr<ParticipantCall>> Dial(DialOrder order) = 0;
};

// What becomes of a call of ours before its person is in.
struct DialNews {
  ParticipantState state = ParticipantState::kRinging;  // kRinging, kConfirming or kFailed.
  std::string failure;                                  // "busy", "no answer", "declined", ...
  bool may_retry = false;                               // Later it may go better.
};

// What a watcher is told.
struct WholeConference {
  Conference conference;
};
struct ConferenceStateChanged {
  Conference conference;  // Without participants.
};
struct ParticipantChanged {  // Joined, or anything about them.
  Participant participant;
};
struct ParticipantLeft {
  Participant participant;
};
struct ChangesMissed {};  // Some cannot be told any more; the whole conference follows.
struct ConferenceOver {};
struct ConferenceChange {
  uint64_t sequence = 0;  // Of the last change told or contained; from 1, without holes.
  absl::Time time;
  std::variant<WholeConference, ConferenceStateChanged, ParticipantChanged, ParticipantLeft,
               ChangesMissed, ConferenceOver>
      what;
};

// How many changes a watcher may have missed and still resume.
inline constexpr size_t kHistoryMax = 4000;

class ConferenceActor final : public std::enable_shared_from_this<ConferenceActor> {
 public:
  struct JoinRequest {
    std::shared_ptr<ParticipantCall> call;
    Participant participant;  // Its call_id names it.
    std::shared_ptr<mixers::Mixer> mixer;
    std::string leg_id;
    // The leg is in the room already, with these settings: taken up after a restart. Nothing sounds.
    bool is_adopted = false;
    LegSettings settings;
  };
  using JoinDone = absl::AnyInvocable<void(ivr::JoinAnswered)>;
  using CommandDone = absl::AnyInvocable<void(absl::StatusOr<moderation::CommandResult>)>;
  // Returns false to be told no more.
  using Watcher = absl::AnyInvocable<bool(const ConferenceChange&)>;

  // `is_known`: it ran before this process did, and the database knows more of it. `on_empty` is called
  // on the strand when the last participant has left; nobody joins after that.
  ConferenceActor(const CallServices& services, Dialler& dialler, std::string id,
                  const ConferenceTerms& terms, std::shared_ptr<mixers::Mixer> mixer, bool is_known,
                  absl::AnyInvocable<void()> on_empty);

  const std::string& id() const { return id_; }
  // Of the reservation or the permanent room.
  const std::string& terms_id() const { return terms_id_; }
  const std::string& tenant_id() const { return tenant_id_; }
  // The conference's room at the mixer.
  const std::string& room_id() const { return id_; }

  // Answers kUnavailable if the conference has just ended: make a new one then.
  void Join(JoinRequest request, JoinDone done);
  void Leave(std::string call_id);
  void NoteSpeaking(std::string call_id, bool is_speaking);
  // The participant has been told that the conference is recorded.
  void NoteNoticeHeard(std::string call_id);
  void NoteDial(std::string call_id, DialNews news);
  void NoteQuality(std::string call_id, const CallQuality& quality);

  // Errors as moderation::Apply's, and those of Dialler, of the mixer's recording and of the outbox.
  // `done` comes when the command is in effect and kept.
  void Command(moderation::Actor actor, moderation::Command command, CommandDone done);

  // The reservation was extended or cancelled.
  void MoveExpiry(absl::Time expires_at);
  // Callers without standing are locked out, because somebody guesses the PIN: its moderators are told.
  void NoteGuessers();

  void Get(absl::AnyInvocable<void(Conference)> done);
  // With a cursor (the last sequence seen) goes on behind it where that is possible, else says Missed.
  void Watch(std::optional<uint64_t> cursor, Watcher watcher);

 private:
  // What the conference has of a participant beside the roster's entry.
  struct Member {
    std::shared_ptr<ParticipantCall> call;
    std::shared_ptr<mixers::Mixer> mixer;
    std::string leg_id;    // Empty: on the way in.
    LegSettings settings;  // That the mixer was told last.
    bool is_told = true;   // The mixer has answered.
    int attempt = 1;       // Of calling this participant.
    int retries = 0;       // That are left.
    std::string inviter;
  };

  // All below: strand.
  void Post(Task task);  // Behind what waits for the database at the beginning.
  void Restore();
  void TakeUp(const std::optional<storage::SavedConference>& saved,
              const std::optional<storage::ConferenceRecordingRow>& recording);
  void Resume(JoinRequest request, JoinDone done);
  void CreateRoomThenMove(JoinRequest request, JoinDone done);
  void SettleThenMove(JoinRequest request, JoinDone done);
  void Move(JoinRequest request, JoinDone done);
  void NotJoined(const absl::Status& status, JoinDone done);
  void Admit(JoinRequest request, JoinDone done);
  void Remove(const std::string& call_id);
  void TellCount(const std::string& except_call_id);
  void PlayToAll(PromptKey sound, const std::string& name_prompt_id = "");
  void ForgetName(const std::string& name_prompt_id);
  void ScheduleExpiryWarning();
  void WarnOfExpiry(uint64_t schedule);
  void EndIfEmpty();

  // Commands (conference_commands.cc).
  void Run(const moderation::Actor& actor, const moderation::Command& command, CommandDone done);
  // Makes the step's conference ours: watchers, mixer and database follow, then the actions.
  void Take(moderation::Step step);
  void Do(const moderation::Announce& action);
  void Do(const moderation::TellMute& action);
  void Do(const moderation::TellHold& action);
  void Do(const moderation::Sound& action);
  void Do(const moderation::Expel& action);
  void Do(const moderation::Dial& action);
  void Do(const moderation::CancelDial& action);
  void Do(const moderation::SwitchRecording& action);
  void Do(const moderation::Invite& action);
  void Do(const moderation::StartGrace& action);
  void Tell(const std::string& call_id, ivr::IvrEvent event);
  void SyncLeg(const std::string& call_id);
  void SyncRoom();
  absl::Status StartDial(const std::string& call_id, const Participant& participant,
                         const moderation::Actor& actor, int retries);
  void Redial(const std::string& call_id);
  void DropFailed(const std::string& call_id, int attempt);
  std::string InviterDigits(const moderation::Actor& actor) const;
  void SwitchRecording(const moderation::SwitchRecording& what, CommandDone done);
  void OnRecordingSwitched(const moderation::SwitchRecording& what,
                           const absl::StatusOr<mixers::TrackSizes>& sizes, CommandDone done);
  void Invite(const moderation::SendInvitations& what, const moderation::Actor& actor,
              CommandDone done);
  void SoundRecordingTone(const std::string& recording_id);

  // What outlives this process (conference_memory.cc).
  void Keep(const Conference& before);
  void KeepRecording(absl::Time now);
  void KeepSizes(const std::string& recording_id, const mixers::TrackSizes& sizes);
  void Forget();
  // Notes the command. `done` comes when this and all that was kept before it are on the disk, or
  // could not be written.
  void Audit(const moderation::Actor& actor, const moderation::Command& command,
             const absl::Status& outcome, absl::AnyInvocable<void()> done);
  using WriteRows = std::function<void(storage::Transaction&)>;
  void Write(WriteRows write, absl::AnyInvocable<void()> done);
  void Flush();

  Conference Snapshot() const { return conference_; }
  template <typename What>
  void Publish(What what);
  void PublishState();
  // Writes what is kept of the conference, as far as it has come.
  void NoteRecord();

  const CallServices& services_;
  Dialler& dialler_;
  const std::string id_;
  const std::string terms_id_;
  const std::string tenant_id_;
  const std::shared_ptr<mixers::Mixer> mixer_;
  const Strand strand_;

  // Strand.
  absl::AnyInvocable<void()> on_empty_;
  Conference conference_;
  std::map<std::string, Member> members_;           // By participant.
  std::map<std::string, std::string> request_ids_;  // Of CallOut, and what it made.
  int joining_ = 0;                                 // Admitted, but not yet moved.
  bool has_room_ = false;
  bool is_over_ = false;
  bool is_restoring_ = false;
  bool must_restore_;
  std::deque<Task> waiting_;        // Until it is restored.
  std::vector<Participant> saved_;  // Who was in before, as what.
  RoomSettings room_settings_;      // That the mixer was told last.
  bool is_room_told_ = true;
  std::optional<storage::ConferenceRecordingRow> recording_;
  // Written one batch after the other, so that an older state never comes over a newer one.
  struct PendingWrite {
    WriteRows write;
    absl::AnyInvocable<void()> done;
  };
  std::vector<PendingWrite> writes_;
  bool is_writing_ = false;
  int participants_max_ = 0;  // That were here at the same time.
  uint64_t expiry_schedule_ = 0;
  uint64_t grace_schedule_ = 0;
  uint64_t sounds_ = 0;
  std::map<PromptKey, absl::Time> tones_;  // When each was sounded last.
  uint64_t sequence_ = 0;
  std::deque<ConferenceChange> history_;  // The latest changes, for watchers that resume.
  std::vector<Watcher> watchers_;
};

template <typename What>
void ConferenceActor::Publish(What what) {
  history_.push_back({++sequence_, services_.clock.Now(), std::move(what)});
  if (history_.size() > kHistoryMax) history_.pop_front();
  const ConferenceChange& change = history_.back();
  watchers_.erase(std::remove_if(watchers_.begin(), watchers_.end(),
                                 [&](Watcher& watcher) { return !watcher(change); }),
                  watchers_.end());
}

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_CONFERENCE_ACTOR_H_
