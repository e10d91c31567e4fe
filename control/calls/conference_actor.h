// One conference: who is in, on which mixer, and what a moderator may do to it. Commands from a phone's
// key, the console and gRPC end here and have one effect.
//
//   conference->Join({.call = call, .participant = ..., .mixer = mixer, .leg_id = leg}, done);
//   conference->Leave(call_id);
//   conference->Watch(cursor, [](const ConferenceChange& change) { ...; return true; });
//
// It lives from its first participant to its last. Every method may be called on any thread: it posts
// to the conference's strand and returns. `done` and watchers are called on the strand and return at
// once.

#ifndef NARADA_CONTROL_CALLS_CONFERENCE_ACTOR_H_
#define NARADA_CONTROL_CALLS_CONFERENCE_ACTOR_H_

#include <cstdint>
#include <deque>
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
#include "control/model/conference.h"
#include "control/model/conference_terms.h"

namespace narada::control::calls {

// The call of a participant, as far as the conference needs it. Any thread.
class ParticipantCall {
 public:
  virtual ~ParticipantCall() = default;
  // Goes to the call's dialogue.
  virtual void Tell(ivr::IvrEvent event) = 0;
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

class ConferenceActor final : public std::enable_shared_from_this<ConferenceActor> {
 public:
  struct JoinRequest {
    std::shared_ptr<ParticipantCall> call;
    Participant participant;  // Its call_id names it.
    std::shared_ptr<mixers::Mixer> mixer;
    std::string leg_id;
    // The leg is in the room already: taken up after a restart. Nothing sounds.
    bool is_adopted = false;
  };
  using JoinDone = absl::AnyInvocable<void(ivr::JoinAnswered)>;
  using Done = absl::AnyInvocable<void(absl::Status)>;
  // Returns false to be told no more.
  using Watcher = absl::AnyInvocable<bool(const ConferenceChange&)>;

  // `on_empty` is called on the strand when the last participant has left; nobody joins after that.
  ConferenceActor(const CallServices& services, std::string id, const ConferenceTerms& terms,
                  std::shared_ptr<mixers::Mixer> mixer, absl::AnyInvocable<void()> on_empty);

  const std::string& id() const { return id_; }
  const std::string& reservation_id() const { return reservation_id_; }
  // The conference's room at the mixer.
  const std::string& room_id() const { return id_; }

  // Answers kUnavailable if the conference has just ended: make a new one then.
  void Join(JoinRequest request, JoinDone done);
  void Leave(std::string call_id);
  void NoteSpeaking(std::string call_id, bool is_speaking);

  // The participant's own key.
  void SetSelfMuted(std::string call_id, bool is_muted);
  // A moderator's. NOT_FOUND / PARTICIPANT_UNKNOWN.
  void SetMuted(std::string call_id, bool is_muted, Done done);
  void MuteAll(bool is_muted, Done done);
  void Disconnect(std::string call_id, Done done);
  void SetLocked(bool is_locked, Done done);
  void End(Done done);

  // The reservation was extended or cancelled.
  void MoveExpiry(absl::Time expires_at);

  void Get(absl::AnyInvocable<void(Conference)> done);
  // With a cursor (the last sequence seen) goes on behind it where that is possible, else says Missed.
  void Watch(std::optional<uint64_t> cursor, Watcher watcher);

 private:
  struct Member {
    std::shared_ptr<ParticipantCall> call;
    std::shared_ptr<mixers::Mixer> mixer;
    std::string leg_id;
    Participant participant;
  };

  // All below: strand.
  void CreateRoomThenMove(JoinRequest request, JoinDone done);
  void Move(JoinRequest request, JoinDone done);
  void Admit(JoinRequest request, JoinDone done);
  void Remove(const std::string& call_id);
  void ApplyMute(Member& member, bool was_muted);
  void TellCount(const std::string& except_call_id);
  void PlayToAll(PromptKey sound);
  void ScheduleExpiryWarning();
  void WarnOfExpiry(uint64_t schedule);
  void EndIfEmpty();
  Member* Find(const std::string& call_id);
  Conference Snapshot() const;
  template <typename What>
  void Publish(What what);
  void PublishParticipant(const Participant& participant);
  void PublishState();

  const CallServices& services_;
  const std::string id_;
  const std::string reservation_id_;
  const RoomNumber room_;
  const std::shared_ptr<mixers::Mixer> mixer_;
  const Strand strand_;

  // Strand.
  absl::AnyInvocable<void()> on_empty_;
  std::vector<Member> members_;
  int joining_ = 0;  // Admitted, but not yet moved.
  bool has_room_ = false;
  bool is_over_ = false;
  bool is_locked_ = false;
  absl::Time started_at_;
  absl::Time expires_at_;
  uint64_t expiry_schedule_ = 0;
  uint64_t sounds_ = 0;
  uint64_t sequence_ = 0;
  std::deque<ConferenceChange> history_;  // The latest changes, for watchers that resume.
  std::vector<Watcher> watchers_;
};

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_CONFERENCE_ACTOR_H_
