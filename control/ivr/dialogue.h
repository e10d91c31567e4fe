#ifndef NARADA_CONTROL_IVR_DIALOGUE_H_
#define NARADA_CONTROL_IVR_DIALOGUE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/ivr/ivr.h"

namespace narada::control::ivr {

// One step of the dialogue while it is computed: a working copy of the state, and the actions so
// far. Advance makes one, hands it the event, and takes the step out.
// Events stand in dialogue.cc, keys outside a conference in dialogue_menu.cc, those inside in
// dialogue_conference.cc, the recorded name in dialogue_name.cc.
class Dialogue {
 public:
  Dialogue(const IvrState& state, absl::Time now) : state_(state), now_(now) {}

  void On(const CallStarted& event);
  void On(const InvitationAnswered& event);
  void On(const DigitPressed& event);
  void On(const PlaybackEnded& event);
  void On(const PlaybackLost& event);
  void On(const TimerFired& event);
  void On(const RoomLookedUp& event);
  void On(const NameRecorded& event);
  void On(const ReservationAnswered& event);
  void On(const ExtensionAnswered& event);
  void On(const JoinAnswered& event);
  void On(const RoleChanged& event);
  void On(const RosterChanged& event);
  void On(const MuteChanged& event);
  void On(const HoldChanged& event);
  void On(const ExpiryWarned& event);
  void On(const Announced& event);
  void On(const ConferenceLeft& event);
  void On(const CallEnded& event);

  // The step; of several playbacks and timers in it only the last counts. Call once, at the end.
  IvrStep Finish() &&;

 private:
  using Phrases = std::vector<Phrase>;

  // ---- Saying and asking
  void Say(Phrases phrases);
  void StopSaying();
  void StartTimer(absl::Duration after);
  void StopTimer();
  // Goes to a stage that takes keys and says its question, after `first`.
  void Ask(Stage stage, Phrases first = {});
  Phrases Question(Stage stage) const;
  // No or wrong input: asks again, or after the last try says goodbye.
  void AskAgain(PromptKey reason);
  // Where `*` and finished business lead: the menu, or the access number's first question.
  void GoHome(Phrases first = {});
  void Apologise();
  // Says goodbye after `first`, then hangs up.
  void Leave(Phrases first);
  // Says words in the conference: at once, or when what is being said there has ended.
  void SayNext(Phrases phrases);
  void SayNow(Phrases phrases);
  void PlayMusicIfAlone();  // Or if on hold.
  bool HasMusic() const { return state_.is_held || state_.participants <= 1; }
  Phrase PhraseUntil(PromptKey key, absl::Time moment) const;

  // ---- Keys
  void OnKey(char key);
  void OnMenuKey(char key);
  void OnEntryKey(char key);
  void OnEntryComplete();
  void OnConfirmMobileKey(char key);
  void OnAfterReservationKey(char key);
  void OnInvitationKey(char key);
  void OnNameKey(char key);
  void OnConferenceKey(char key);
  void OnCallOutKey(char key);
  void OnCallOutComplete();
  void DoConferenceKey(ConferenceKey key);
  // A '#' right after an input that ended by itself is no wrong key.
  void IgnoreHashAWhile();
  bool IsSpareHash() const;
  bool IsEntryComplete() const;
  bool TakesKeys() const;
  bool Awaits(Stage stage, uint32_t request) const;

  // ---- Requests
  uint32_t NextRequest(Stage stage);
  void StartReserving();
  void RequestReservation(std::optional<PhoneNumber> sms_to);
  void RequestRoom();
  void RequestJoin();
  // Joins, after the name has been said where it is wanted.
  void EnterRoom(bool asks_name);
  void AskName(Phrases first = {});
  void StartNameRecording();
  void FinishNameRecording();
  void RequestExtensionInside();
  void OnRoomRefused();
  void OnInsideExtension(const ExtensionAnswered& event);

  Phrases Help() const;
  // The keys bound to an action; empty if none are.
  std::string KeysFor(ConferenceKey key) const;
  // Whether this caller, in this room, can do anything with it.
  bool MayPress(ConferenceKey key) const;

  const IvrSettings& settings() const { return *state_.settings; }

  IvrState state_;
  const absl::Time now_;
  std::vector<IvrAction> actions_;
};

}  // namespace narada::control::ivr

#endif  // NARADA_CONTROL_IVR_DIALOGUE_H_
