#include "control/ivr/dialogue.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/check.h"

namespace narada::control::ivr {
namespace {

// Keys kept while an answer is awaited: room, PIN and a few more; the rest is a stuck key.
constexpr size_t kTypeAheadMax = 32;
// Last words are short; after this the call ends even if their end is never reported.
constexpr absl::Duration kLastWordsMax = absl::Seconds(30);

bool IsKey(char key) { return absl::ascii_isdigit(key) || key == '*' || key == '#'; }

}  // namespace

// ---- Saying and asking

void Dialogue::Say(Phrases phrases) {
  ++state_.playback;
  state_.is_playing = true;
  state_.hears_music = false;
  actions_.push_back(
      Play{.playback = state_.playback,
           .language = state_.language,
           .phrases = std::move(phrases),
           .loop = false,
           // A spare '#' would silence the words that have just begun.
           .barge_in = TakesKeys() && state_.stage != Stage::kInConference && !IsSpareHash()});
  // Keys that have begun a sequence in the conference still wait for the rest of it.
  StartTimer(state_.stage == Stage::kInConference && !state_.digits.empty()
                 ? settings().inter_digit
                 : settings().playback_max);
}

void Dialogue::StopSaying() {
  if (!state_.is_playing && !state_.hears_music) return;
  state_.is_playing = false;
  state_.hears_music = false;
  actions_.push_back(StopPlayback{});
}

void Dialogue::StartTimer(absl::Duration after) {
  ++state_.timer;
  state_.has_timer = true;
  actions_.push_back(ivr::StartTimer{.timer = state_.timer, .after = after});
}

void Dialogue::StopTimer() {
  if (!state_.has_timer) return;
  state_.has_timer = false;
  actions_.push_back(ivr::StopTimer{});
}

Dialogue::Phrases Dialogue::Question(Stage stage) const {
  switch (stage) {
    case Stage::kConfirmInvitation: {
      Phrases phrases;
      if (!state_.inviter.empty()) {
        phrases.push_back(
            {.key = PromptKey::kCallOutInvitation, .arguments = {Digits{state_.inviter}}});
      }
      phrases.push_back({.key = PromptKey::kCallOutConfirm});
      return phrases;
    }
    case Stage::kMainMenu: {
      const Language other = OtherLanguage(state_.language);
      return {{.key = PromptKey::kOfferLanguage, .language = other}, {.key = PromptKey::kMainMenu}};
    }
    case Stage::kEnterRoom:
      return {{.key = PromptKey::kEnterRoom}};
    case Stage::kEnterPin:
      return {{.key = state_.entry == EntryKind::kPin ? PromptKey::kEnterPinOnly
                                                      : PromptKey::kEnterPin}};
    case Stage::kEnterMobile:
      return {{.key = PromptKey::kEnterMobile}};
    case Stage::kConfirmMobile:
      return {{.key = PromptKey::kConfirmMobile, .arguments = {Digits{state_.digits}}}};
    case Stage::kAfterReservation:
      return {{.key = PromptKey::kAfterReservation}};
    default:
      return {};
  }
}

void Dialogue::Ask(Stage stage, Phrases first) {
  state_.stage = stage;
  // The number to be confirmed stays; every other question starts from nothing.
  if (stage != Stage::kConfirmMobile) state_.digits.clear();
  Phrases phrases = std::move(first);
  for (Phrase& phrase : Question(stage)) phrases.push_back(std::move(phrase));
  Say(std::move(phrases));
}

void Dialogue::AskAgain(PromptKey reason) {
  // Keys pressed ahead were meant for another answer.
  state_.type_ahead.clear();
  if (++state_.failures >= settings().tries_max) {
    Leave({{.key = reason}});
    return;
  }
  Ask(state_.stage, {{.key = reason}});
}

void Dialogue::GoHome(Phrases first) {
  switch (state_.entry) {
    case EntryKind::kMenu:
      Ask(Stage::kMainMenu, std::move(first));
      return;
    case EntryKind::kRoomAndPin:
      Ask(Stage::kEnterRoom, std::move(first));
      return;
    case EntryKind::kPin:
      Ask(Stage::kEnterPin, std::move(first));
      return;
  }
}

void Dialogue::Apologise() {
  state_.type_ahead.clear();
  if (++state_.apologies >= settings().tries_max) {
    Leave({{.key = PromptKey::kServiceUnavailable}});
    return;
  }
  GoHome({{.key = PromptKey::kServiceUnavailable}});
}

void Dialogue::Leave(Phrases first) {
  state_.stage = Stage::kLeaving;
  state_.digits.clear();
  state_.type_ahead.clear();
  state_.pending.clear();
  first.push_back({.key = PromptKey::kGoodbye});
  Say(std::move(first));
  StartTimer(kLastWordsMax);
}

Phrase Dialogue::PhraseUntil(PromptKey key, absl::Time moment) const {
  return {.key = key, .arguments = {Moment{absl::ToCivilMinute(moment, settings().time_zone)}}};
}

IvrStep Dialogue::Finish() && {
  // An answer may have opened the next question, which takes what was pressed ahead.
  while (!state_.type_ahead.empty() && TakesKeys()) {
    const char next = state_.type_ahead.front();
    state_.type_ahead.erase(0, 1);
    OnKey(next);
  }
  // Keys pressed ahead answer question after question, each of which would start a prompt.
  const auto keep_last = [this](auto is_kind) {
    auto last = std::find_if(actions_.rbegin(), actions_.rend(), is_kind);
    if (last == actions_.rend()) return;
    const auto end = last.base() - 1;
    const auto kept = std::remove_if(actions_.begin(), end, is_kind);
    actions_.erase(kept, end);
  };
  keep_last([](const IvrAction& action) {
    return std::holds_alternative<Play>(action) || std::holds_alternative<StopPlayback>(action);
  });
  keep_last([](const IvrAction& action) {
    return std::holds_alternative<ivr::StartTimer>(action) ||
           std::holds_alternative<ivr::StopTimer>(action);
  });
  return {.state = std::move(state_), .actions = std::move(actions_)};
}

// ---- Events

void Dialogue::On(const CallStarted& event) {
  CHECK(event.settings != nullptr) << "a call starts with its settings";
  state_.settings = event.settings;
  state_.caller = event.caller;
  state_.language = event.dialled.language;
  state_.entry = event.dialled.entry;
  GoHome({{.key = PromptKey::kGreeting}});
}

void Dialogue::On(const InvitationAnswered& event) {
  CHECK(event.settings != nullptr) << "a call starts with its settings";
  state_.settings = event.settings;
  state_.caller = event.caller;
  state_.language = event.language;
  state_.inviter = event.inviter;
  state_.reservation_id = event.reservation_id;
  Ask(Stage::kConfirmInvitation);
}

void Dialogue::On(const DigitPressed& event) {
  if (!IsKey(event.digit)) return;
  if (TakesKeys()) {
    OnKey(event.digit);
  } else if (event.digit == '#' && IsSpareHash()) {
    // Spare, see OnKey.
  } else if (state_.stage != Stage::kLeaving && state_.type_ahead.size() < kTypeAheadMax) {
    state_.type_ahead.push_back(event.digit);
  }
}

void Dialogue::On(const PlaybackEnded& event) {
  if (!state_.is_playing || event.playback != state_.playback) return;
  state_.is_playing = false;
  switch (state_.stage) {
    case Stage::kLeaving:
      state_.stage = Stage::kEnded;
      StopTimer();
      actions_.push_back(HangUp{});
      return;
    case Stage::kInConference:
      if (state_.digits.empty()) StopTimer();
      if (std::exchange(state_.awaits_notice, false)) actions_.push_back(BecomeHeard{});
      if (state_.is_calling_out && state_.digits.empty()) StartTimer(settings().no_input);
      if (!state_.pending.empty()) {
        Say(std::exchange(state_.pending, {}));
      } else {
        PlayMusicIfAlone();
      }
      return;
    case Stage::kSayName:
      StartNameRecording();
      return;
    default:
      if (TakesKeys()) StartTimer(settings().no_input);
      return;
  }
}

void Dialogue::On(const PlaybackLost&) {
  if (state_.is_playing) return On(PlaybackEnded{state_.playback});
  if (!std::exchange(state_.hears_music, false)) return;
  PlayMusicIfAlone();
}

void Dialogue::On(const TimerFired& event) {
  if (!state_.has_timer || event.timer != state_.timer) return;
  state_.has_timer = false;
  switch (state_.stage) {
    case Stage::kLeaving:
      state_.stage = Stage::kEnded;
      actions_.push_back(HangUp{});
      return;
    case Stage::kLookingUp:
    case Stage::kReserving:
    case Stage::kExtending:
      Apologise();
      return;
    case Stage::kSayName:
      StartNameRecording();
      return;
    case Stage::kRecordingName:
      FinishNameRecording();
      return;
    case Stage::kKeepingName:
      RequestJoin();
      return;
    case Stage::kJoining:
      // The leg may be on its way into the room: asking on would be heard there.
      Leave({{.key = PromptKey::kServiceUnavailable}});
      return;
    case Stage::kInConference:
      if (state_.is_calling_out && !state_.is_playing) {
        OnCallOutComplete();
      } else if (!state_.digits.empty()) {
        state_.digits.clear();
        if (state_.is_playing) StartTimer(settings().playback_max);
      } else if (state_.is_playing) {
        On(PlaybackEnded{state_.playback});
      }
      return;
    case Stage::kEnterRoom:
    case Stage::kEnterPin:
    case Stage::kEnterMobile:
      if (!state_.digits.empty()) {
        OnEntryComplete();
        return;
      }
      break;
    default:
      break;
  }
  if (state_.is_playing) {  // The end of the prompt was lost: go on as if it had come.
    On(PlaybackEnded{state_.playback});
    return;
  }
  AskAgain(PromptKey::kNoInput);
}

void Dialogue::On(const RoomLookedUp& event) {
  if (!Awaits(Stage::kLookingUp, event.request)) return;
  switch (event.outcome) {
    case RoomLookedUp::Outcome::kAccepted:
      state_.reservation_id = event.reservation_id;
      EnterRoom(event.asks_name);
      return;
    case RoomLookedUp::Outcome::kRefused:
      OnRoomRefused();
      return;
    case RoomLookedUp::Outcome::kLockedOut:
      Leave({{.key = PromptKey::kLockedOut}});
      return;
    case RoomLookedUp::Outcome::kUnavailable:
      Apologise();
      return;
  }
}

void Dialogue::On(const ReservationAnswered& event) {
  if (!Awaits(Stage::kReserving, event.request)) return;
  switch (event.outcome) {
    case ReservationAnswered::Outcome::kMade: {
      if (!event.room || !event.pin) break;  // Contradictory: as good as unavailable.
      state_.reservation_id = event.reservation_id;
      state_.room = event.room;
      state_.pin = event.pin;
      const std::vector<PhraseArgument> secrets = {Digits{event.room->digits()},
                                                   Digits{event.pin->Reveal()}};
      Phrase sms = {.key = PromptKey::kNoSms};
      if (event.sms_accepted && state_.sms_to) {
        sms = state_.sms_to == state_.caller.number
                  ? Phrase{.key = PromptKey::kSmsToCaller}
                  : Phrase{.key = PromptKey::kSmsToNumber,
                           .arguments = {Digits{settings().numbering.ForSpeaking(*state_.sms_to)}}};
      }
      Ask(Stage::kAfterReservation, {{.key = PromptKey::kReserved},
                                     {.key = PromptKey::kRoomAndPin, .arguments = secrets},
                                     {.key = PromptKey::kRoomAndPinAgain, .arguments = secrets},
                                     PhraseUntil(PromptKey::kValidUntil, event.expires_at),
                                     std::move(sms)});
      return;
    }
    case ReservationAnswered::Outcome::kRefused:
      state_.type_ahead.clear();
      GoHome({{.key = PromptKey::kReservationRefused}});
      return;
    case ReservationAnswered::Outcome::kUnavailable:
      break;
  }
  Apologise();
}

void Dialogue::On(const ExtensionAnswered& event) {
  if (state_.extension_request != 0 && event.request == state_.extension_request) {
    OnInsideExtension(event);
    return;
  }
  if (!Awaits(Stage::kExtending, event.request)) return;
  switch (event.outcome) {
    case ExtensionAnswered::Outcome::kExtended:
      GoHome({PhraseUntil(PromptKey::kExtended, event.expires_at)});
      return;
    case ExtensionAnswered::Outcome::kTooFarAhead:
      state_.type_ahead.clear();
      GoHome({PhraseUntil(PromptKey::kExtensionTooFar, event.expires_at)});
      return;
    case ExtensionAnswered::Outcome::kRefused:
      OnRoomRefused();
      return;
    case ExtensionAnswered::Outcome::kLockedOut:
      Leave({{.key = PromptKey::kLockedOut}});
      return;
    case ExtensionAnswered::Outcome::kUnavailable:
      Apologise();
      return;
  }
}

void Dialogue::On(const CallEnded&) {
  state_.stage = Stage::kEnded;
  state_.has_timer = false;
  state_.is_playing = false;
}

void Dialogue::On(const ConferenceLeft& event) {
  if (state_.stage == Stage::kLeaving) return;
  switch (event.why) {
    case ConferenceLeft::Why::kEnded:
      Leave({{.key = PromptKey::kConferenceEnded}});
      return;
    case ConferenceLeft::Why::kRemoved:
      Leave({{.key = PromptKey::kRemoved}});
      return;
    case ConferenceLeft::Why::kCallLimit:
      Leave({{.key = PromptKey::kCallLimitReached}});
      return;
    case ConferenceLeft::Why::kUnavailable:
      Leave({{.key = PromptKey::kServiceUnavailable}});
      return;
  }
}

}  // namespace narada::control::ivr
