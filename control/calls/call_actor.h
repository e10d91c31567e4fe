// One phone call: carries out what its dialogue (control/ivr) decides, with the gateway on one side and
// the mixer on the other. It knows no SDP and decides nothing about the conversation.
//
// The life of a call, as functions of this class:
//   CallOffered      the number is looked up, a leg made in a room of its own     -> Answer to the gateway
//   CallConfirmed    the dialogue starts                                          -> Play
//   digits           ivr::Advance                                                 -> LookUpRoom, Reserve, ...
//   JoinRoom         the conference moves the leg into its room                   -> JoinAnswered
//   CallEnded        the leg is removed
// or Dial, where somebody is to be called into a conference, and enters after pressing 1; or Adopt, where
// a restarted control finds the call in progress.
//
// Every method may be called on any thread: it posts to the call's strand and returns.

#ifndef NARADA_CONTROL_CALLS_CALL_ACTOR_H_
#define NARADA_CONTROL_CALLS_CALL_ACTOR_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "control/calls/call_services.h"
#include "control/calls/conference_actor.h"
#include "control/calls/door.h"
#include "control/calls/executor.h"
#include "control/calls/gateway.h"
#include "control/calls/labels.h"
#include "control/calls/replicas.h"
#include "control/ivr/ivr.h"
#include "control/mixers/mixer.h"
#include "control/model/access_number.h"
#include "control/model/call.h"
#include "control/model/call_quality.h"
#include "control/model/call_record.h"
#include "control/model/quality_log.h"
#include "control/model/speech_log.h"
#include "control/moderation/command.h"
#include "control/reservations/reservations.h"
#include "control/storage/call_table.h"

namespace narada::control::calls {

class CallActor;

// What a call needs of everything around it. Any thread.
class CallHost {
 public:
  virtual ~CallHost() = default;
  // From now on the leg's events go to the call.
  virtual void NoteLeg(const std::shared_ptr<CallActor>& call, const std::string& mixer_address,
                       const std::string& leg_id) = 0;
  // The call is over.
  virtual void Forget(const CallActor& call) = 0;
  // The conference that runs under these terms, or a new one on `mixer` (in `room_id`, if it is there
  // already).
  virtual std::shared_ptr<ConferenceActor> ConferenceFor(
      const ConferenceTerms& terms, const std::shared_ptr<mixers::Mixer>& mixer,
      const std::string& room_id) = 0;
  // The caller left the reservation's conference now; and whether they did so a short while ago, so
  // that they may return even though it has expired since.
  virtual void NoteLeft(const std::string& reservation_id, const PhoneNumber& number) = 0;
  virtual bool MayReturn(const std::string& reservation_id, const PhoneNumber& number) = 0;
  // Who leads the conference: this replica, from now on, unless another does.
  struct Leadership {
    std::optional<Peer> peer;    // Nothing: we do.
    std::shared_ptr<void> hold;  // As long as this lives we keep the lead, conference or not.
  };
  virtual void Lead(const std::string& conference_key,
                    absl::AnyInvocable<void(absl::StatusOr<Leadership>)> done) = 0;
  // Gives the call to the peer. Once `done` is OK, the peer has it and `call` is nobody's any more.
  virtual void HandOver(const std::shared_ptr<CallActor>& call,
                        const std::shared_ptr<Gateway>& gateway, const Peer& peer,
                        HandedCall handed, absl::AnyInvocable<void(absl::Status)> done) = 0;
  // A running conference learns that its reservation lasts longer.
  virtual void NoteExpiry(const reservations::ReservationRecord& reservation) = 0;
};

class CallActor final : public ParticipantCall, public std::enable_shared_from_this<CallActor> {
 public:
  // `host` and `services` outlive the call.
  CallActor(const CallServices& services, CallHost& host, std::shared_ptr<Gateway> gateway,
            std::string gateway_call_id, std::string id);

  const std::string& id() const { return id_; }
  const std::string& gateway_id() const { return gateway_id_; }
  const std::string& gateway_call_id() const { return gateway_call_id_; }

  // Calls somebody: the leg is made, the gateway told to dial, and the conference told how it goes.
  void Dial(DialOrder order);
  // Whose limit a dialled call counts for; nothing for a call that came in. Any thread.
  std::optional<std::string> dialled_tenant() const;

  // What the gateway reports.
  void OnGateway(GatewayEvent event);
  // The gateway is connected anew.
  void Rebind(std::shared_ptr<Gateway> gateway);

  // What the mixer reports about the leg.
  void OnLeg(mixers::LegEventKind event);

  // The mixer was killed and goes on with the leg, less what was being played to it.
  void OnMixerResumed();

  // A call in progress that was found at the mixer: in the conference of `reservation_id`, or, without
  // one, in its dialogue, which then begins anew.
  struct Adoption {
    LegOwner owner;
    std::shared_ptr<mixers::Mixer> mixer;
    std::string leg_id;
    std::string room_id;
    std::string reservation_id;
    LegSettings settings;
  };
  void Adopt(Adoption adoption);

  // Another replica gives us the call: on its way into the conference, or inside.
  void TakeUp(HandedCall handed, std::shared_ptr<mixers::Mixer> mixer);
  // This replica was taken for dead for a while: another may lead the call's conference now.
  void FindLeaderAgain();

  void Tell(ivr::IvrEvent event) override;
  void GiveUp() override;

 private:
  enum class Phase {
    kOffered,   // The leg is being made.
    kDialling,  // The same for a call of ours; then its answer is awaited.
    kAnswered,  // Our answer is out.
    kTalking,   // The dialogue runs.
    kEnded,
  };

  // All below: strand.
  void On(CallOffered event);
  void On(const CallProgressed& event);
  void On(const CallFailed& event);
  void On(const CallConfirmed& event);
  void On(const MediaAnswered& event);
  void On(const MediaOffered& event);
  void On(const DigitsPressed& event);
  void On(const CallEnded& event);

  void MakeLeg(CallOffered offer);
  void AddLeg(CallOffered offer);
  void OnDialAnswered(const MediaAnswered& answer);
  void InviteIn();
  // Tells the conference that waits for the person called.
  void NoteDial(DialNews news);
  void OnLegAdded(absl::StatusOr<mixers::AddedLeg> added);
  void StartDialogue();
  void LimitDuration();
  void OnCallTooLong();
  void Refuse(RejectReason reason, const std::string& text, std::optional<absl::Duration> retry);
  void RefuseFor(const absl::Status& status);
  // With a reason the gateway is told to hang up.
  void End(std::optional<HangupReason> reason);

  void AdvanceBy(const ivr::IvrEvent& event);
  void Do(const ivr::Play& action);
  void Do(const ivr::StopPlayback& action);
  void Do(const ivr::StartTimer& action);
  void Do(const ivr::StopTimer& action);
  void Do(const ivr::SetLanguage& action);
  void Do(const ivr::LookUpRoom& action);
  void Do(const ivr::Reserve& action);
  void Do(const ivr::Extend& action);
  void Do(const ivr::ExtendFromInside& action);
  void Do(const ivr::StartNameRecording& action);
  void Do(const ivr::FinishNameRecording& action);
  void Do(const ivr::JoinRoom& action);
  void Do(const ivr::SetMute& action);
  void Do(const ivr::CommandConference& action);
  void Do(const ivr::CallOut& action);
  void Do(const ivr::BecomeHeard& action);
  void Do(const ivr::HangUp& action);

  void OnOpened(uint32_t request, const absl::StatusOr<Opened>& opened);
  DoorKey KeyOf(std::optional<RoomNumber> room, Pin pin);
  void OnExtended(uint32_t request, const absl::StatusOr<reservations::Extension>& extended);
  void Join(uint32_t request, const ConferenceTerms& terms);
  void JoinHere(uint32_t request, const ConferenceTerms& terms, const std::shared_ptr<void>& hold,
                bool is_retry);
  // Gives the call to the replica that leads its conference; `attempt` counts from 1.
  void HandOver(const Peer& peer, HandedCall handed, int attempt);
  void OnHandOverFailed(HandedCall handed, int attempt);
  void AdoptHanded(const HandedCall& handed);
  HandedCall AsHanded(const std::string& conference_key, bool is_inside) const;
  void OnJoined(uint32_t request, const ConferenceTerms& terms,
                const std::shared_ptr<ConferenceActor>& conference, ivr::JoinAnswered answered,
                const std::shared_ptr<void>& hold, bool is_retry);
  void AdoptAs(const Adoption& adoption, const std::optional<storage::CallRow>& known);
  void AdoptInto(const Adoption& adoption, const ConferenceTerms& terms);
  void AdoptHere(const Adoption& adoption, const ConferenceTerms& terms,
                 const std::shared_ptr<void>& hold);
  void NoteDialled(accounts::Dialled dialled);
  // Keeps what a restarted control could not learn from the mixer.
  void Remember();
  Participant AsParticipant() const;
  // With what the service sets and the door does not know.
  ConferenceTerms Completed(const ConferenceTerms& terms) const;
  // Asks for the prompt until the recording's files are whole.
  void MakeName(uint32_t request, int tries_left);
  void AnswerName(uint32_t request, const absl::Status& made);
  moderation::Actor AsActor() const;
  // A key's command; what becomes of it is told by the conference.
  void Command(moderation::Command command);
  // What is kept of it, as far as it has come.
  CallRecord Record() const;

  // Returns a callback that runs `handle(self, value)` on the strand; whoever calls it need not care.
  template <typename T, typename Handle>
  absl::AnyInvocable<void(T)> OnStrand(Handle handle);
  mixers::Mixer::Done LogFailureOf(absl::string_view what) const;

  const CallServices& services_;
  CallHost& host_;
  const std::string id_;
  const std::string gateway_id_;
  const std::string gateway_call_id_;
  const std::string ivr_room_id_;
  const std::string playback_prefix_;  // Unique to this life of the call.
  mutable absl::Mutex mutex_;
  std::optional<std::string> dialled_tenant_ ABSL_GUARDED_BY(mutex_);
  const Strand strand_;

  // Strand.
  std::shared_ptr<Gateway> gateway_;
  Phase phase_ = Phase::kOffered;
  Call call_;
  std::optional<Tenant> tenant_;  // Of the number that was dialled.
  Role role_ = Role::kParticipant;
  std::shared_ptr<mixers::Mixer> mixer_;
  std::string leg_id_;  // Empty: none yet, or gone.
  ivr::IvrState state_;
  std::shared_ptr<ConferenceActor> conference_;
  std::optional<DialOrder> dial_;  // Of a call of ours, until the person is in or will not come.
  int call_outs_ = 0;              // That this caller has asked for.
  std::optional<absl::Time> answered_at_;
  std::optional<absl::Time> joined_at_;  // The conference.
  std::string conference_id_;            // Stays when the conference is left.
  std::string dialled_;                  // E.164, or what came instead.
  std::string name_;                     // Of the caller; untrusted.
  std::string name_recording_id_;        // Of the caller's name; empty: none is under way.
  std::string name_prompt_id_;           // The caller's name; empty: not said.
  int names_recorded_ = 0;
  CallQualityMeter quality_;
  QualityLog quality_course_;
  SpeechLog speech_;
  CallEnd end_ = CallEnd::kHungUp;                         // How, once it has ended.
  bool is_remembered_ = false;                             // There is a row of this call.
  int reservations_made_ = 0;                              // That the caller has been told.
  HangupReason hangup_reason_ = HangupReason::kCompleted;  // For when the dialogue hangs up.
};

template <typename T, typename Handle>
absl::AnyInvocable<void(T)> CallActor::OnStrand(Handle handle) {
  return [self = shared_from_this(), handle = std::move(handle)](T value) mutable {
    self->strand_.Post([self, handle = std::move(handle), value = std::move(value)]() mutable {
      handle(*self, std::move(value));
    });
  };
}

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_CALL_ACTOR_H_
