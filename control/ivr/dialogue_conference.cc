// The dialogue inside a conference: keys, announcements, music while alone.
#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "control/ivr/dialogue.h"

namespace narada::control::ivr {
namespace {

struct HelpLine {
  ConferenceKey key;
  PromptKey says;
};

// What help tells, in this order; a moderator's keys to moderators.
constexpr std::array<HelpLine, 12> kHelpLines = {{
    {ConferenceKey::kToggleMute, PromptKey::kHelpMute},
    {ConferenceKey::kCount, PromptKey::kHelpCount},
    {ConferenceKey::kExtend, PromptKey::kHelpExtend},
    {ConferenceKey::kRaiseHand, PromptKey::kHelpRaiseHand},
    {ConferenceKey::kToggleMuteAll, PromptKey::kHelpMuteAll},
    {ConferenceKey::kToggleLock, PromptKey::kHelpLock},
    {ConferenceKey::kToggleLecture, PromptKey::kHelpLecture},
    {ConferenceKey::kToggleRecording, PromptKey::kHelpRecord},
    {ConferenceKey::kRollCall, PromptKey::kHelpRollCall},
    {ConferenceKey::kDialOut, PromptKey::kHelpDialOut},
    {ConferenceKey::kEndConference, PromptKey::kHelpEndConference},
    {ConferenceKey::kHelp, PromptKey::kHelpHelp},
}};

}  // namespace

void Dialogue::SayNow(Phrases phrases) { Say(std::move(phrases)); }

void Dialogue::SayNext(Phrases phrases) {
  if (!state_.is_playing) {
    Say(std::move(phrases));
    return;
  }
  for (Phrase& phrase : phrases) state_.pending.push_back(std::move(phrase));
}

void Dialogue::PlayMusicIfAlone() {
  if (!HasMusic() || state_.is_playing || state_.hears_music) return;
  ++state_.playback;
  state_.hears_music = true;
  actions_.push_back(Play{.playback = state_.playback,
                          .language = state_.language,
                          .phrases = {{.key = PromptKey::kMusicOnHold}},
                          .loop = true});
}

void Dialogue::On(const JoinAnswered& event) {
  if (!Awaits(Stage::kJoining, event.request)) return;
  switch (event.outcome) {
    case JoinAnswered::Outcome::kJoined:
      break;
    case JoinAnswered::Outcome::kFull:
      Leave({{.key = PromptKey::kRoomFull}});
      return;
    case JoinAnswered::Outcome::kLocked:
      Leave({{.key = PromptKey::kRoomLocked}});
      return;
    case JoinAnswered::Outcome::kUnavailable:
      Leave({{.key = PromptKey::kServiceUnavailable}});
      return;
  }
  state_.stage = Stage::kInConference;
  state_.participants = event.participants;
  state_.is_muted = event.is_muted;
  state_.is_held = event.is_waiting;
  state_.awaits_notice = event.is_recorded;
  state_.is_moderator = event.is_moderator;
  state_.is_permanent = event.is_permanent;
  // What was pressed ahead of the room was meant for the menu.
  state_.type_ahead.clear();
  StopTimer();
  Phrases phrases;
  if (event.is_recorded) phrases.push_back({.key = PromptKey::kRecordingRuns});
  if (event.is_waiting) {
    phrases.push_back({.key = PromptKey::kWaitForModerator});
  } else if (event.participants <= 1) {
    phrases.push_back({.key = PromptKey::kFirstInConference});
  }
  if (event.is_muted) phrases.push_back({.key = PromptKey::kMuted});
  if (!phrases.empty()) Say(std::move(phrases));
}

void Dialogue::On(const RoleChanged& event) { state_.is_moderator = event.is_moderator; }

void Dialogue::On(const RosterChanged& event) {
  state_.participants = event.participants;
  if (state_.stage != Stage::kInConference) return;
  if (!HasMusic()) {
    // Music gives way to the other voice; words are heard to their end.
    if (state_.hears_music) StopSaying();
  } else {
    PlayMusicIfAlone();
  }
}

void Dialogue::On(const MuteChanged& event) {
  // Who pressed a key hears what holds now; nobody else is told what is no news.
  const bool is_news = state_.is_muted != event.is_muted || state_.awaits_mute;
  state_.awaits_mute = false;
  state_.is_muted = event.is_muted;
  if (state_.stage != Stage::kInConference || !is_news) return;
  SayNow({{.key = event.is_muted ? PromptKey::kMuted : PromptKey::kUnmuted}});
}

void Dialogue::On(const HoldChanged& event) {
  state_.is_held = event.is_held;
  if (state_.stage != Stage::kInConference) return;
  if (event.why) {
    SayNext({{.key = *event.why}});
  } else if (HasMusic()) {
    PlayMusicIfAlone();
  } else if (state_.hears_music) {
    StopSaying();
  }
}

void Dialogue::On(const ExpiryWarned& event) {
  if (state_.stage != Stage::kInConference) return;
  Phrases phrases = {{.key = PromptKey::kExpiresSoon, .arguments = {SpokenDuration{event.left}}}};
  const std::string keys = KeysFor(ConferenceKey::kExtend);
  if (!keys.empty() && MayPress(ConferenceKey::kExtend)) {
    phrases.push_back({.key = PromptKey::kHelpExtend, .arguments = {Digits{keys}}});
  }
  SayNext(std::move(phrases));
}

void Dialogue::On(const Announced& event) {
  if (state_.stage == Stage::kInConference) SayNext(event.phrases);
}

void Dialogue::OnCallOutKey(char key) {
  if (key == '*') {
    state_.is_calling_out = false;
    state_.digits.clear();
    StopTimer();
    StopSaying();
  } else if (key == '#') {
    OnCallOutComplete();
  } else {
    StopSaying();
    state_.digits.push_back(key);
    StartTimer(settings().inter_digit);
  }
}

void Dialogue::OnCallOutComplete() {
  const std::optional<PhoneNumber> number = settings().numbering.FromDialled(state_.digits);
  state_.is_calling_out = false;
  state_.digits.clear();
  StopTimer();
  if (number) {
    actions_.push_back(CallOut{.number = *number});
  } else {
    SayNow({{.key = PromptKey::kWrongInput}});
  }
}

void Dialogue::OnConferenceKey(char key) {
  if (state_.is_calling_out) {
    OnCallOutKey(key);
    return;
  }
  state_.digits.push_back(key);
  const absl::string_view typed = state_.digits;
  bool is_beginning = false;
  for (const KeyBinding& binding : settings().key_map) {
    if (binding.sequence == typed) {
      state_.digits.clear();
      if (state_.is_playing) {
        StartTimer(settings().playback_max);
      } else {
        StopTimer();
      }
      DoConferenceKey(binding.action);
      return;
    }
    is_beginning = is_beginning || absl::StartsWith(binding.sequence, typed);
  }
  if (is_beginning) {
    StartTimer(settings().inter_digit);
    return;
  }
  // A lone digit is a finger that slipped; after a first key that means something help is offered.
  const bool was_meant = state_.digits.size() > 1;
  state_.digits.clear();
  if (was_meant) SayNow({{.key = PromptKey::kUnknownKey}});
}

bool Dialogue::MayPress(ConferenceKey key) const {
  if (key == ConferenceKey::kExtend) return !state_.is_permanent;
  return state_.is_moderator || !IsModeratorsKey(key);
}

void Dialogue::DoConferenceKey(ConferenceKey key) {
  switch (key) {
    case ConferenceKey::kToggleMute:
      state_.awaits_mute = true;
      actions_.push_back(SetMute{.is_muted = !state_.is_muted});
      return;
    case ConferenceKey::kHelp:
      SayNow(Help());
      return;
    case ConferenceKey::kCount:
      SayNow({{.key = PromptKey::kParticipants,
               .arguments = {ParticipantCount{std::max(state_.participants, 1)}}}});
      return;
    case ConferenceKey::kExtend:
      if (MayPress(key)) {
        RequestExtensionInside();
      } else {
        SayNow({{.key = PromptKey::kUnknownKey}});
      }
      return;
    case ConferenceKey::kDialOut:
      if (!MayPress(key)) {  // Before a number is keyed in; all else the conference refuses itself.
        SayNow({{.key = PromptKey::kModeratorsOnly}});
        return;
      }
      state_.is_calling_out = true;
      SayNow({{.key = PromptKey::kEnterCallOut}});
      return;
    case ConferenceKey::kRaiseHand:
    case ConferenceKey::kToggleLock:
    case ConferenceKey::kToggleMuteAll:
    case ConferenceKey::kToggleLecture:
    case ConferenceKey::kToggleRecording:
    case ConferenceKey::kRollCall:
    case ConferenceKey::kEndConference:
      actions_.push_back(CommandConference{.key = key});
      return;
  }
}

void Dialogue::RequestExtensionInside() {
  // Pressed twice in impatience it must not add two weeks.
  const bool is_awaited =
      state_.extension_request != 0 && now_ < state_.extension_asked_at + settings().answer_max;
  if (is_awaited) return;
  state_.extension_request = ++state_.request;
  state_.extension_asked_at = now_;
  actions_.push_back(ExtendFromInside{.request = state_.extension_request});
}

void Dialogue::OnInsideExtension(const ExtensionAnswered& event) {
  state_.extension_request = 0;
  if (state_.stage != Stage::kInConference) return;
  switch (event.outcome) {
    case ExtensionAnswered::Outcome::kExtended:
      SayNow({PhraseUntil(PromptKey::kExtended, event.expires_at)});
      return;
    case ExtensionAnswered::Outcome::kTooFarAhead:
      SayNow({PhraseUntil(PromptKey::kExtensionTooFar, event.expires_at)});
      return;
    case ExtensionAnswered::Outcome::kRefused:
    case ExtensionAnswered::Outcome::kLockedOut:
      SayNow({{.key = PromptKey::kExtensionRefused}});
      return;
    case ExtensionAnswered::Outcome::kUnavailable:
      SayNow({{.key = PromptKey::kServiceUnavailable}});
      return;
  }
}

Dialogue::Phrases Dialogue::Help() const {
  Phrases phrases;
  for (const HelpLine& line : kHelpLines) {
    std::string keys = KeysFor(line.key);
    if (!keys.empty() && MayPress(line.key)) {
      phrases.push_back({.key = line.says, .arguments = {Digits{std::move(keys)}}});
    }
  }
  return phrases;
}

std::string Dialogue::KeysFor(ConferenceKey key) const {
  for (const KeyBinding& binding : settings().key_map) {
    if (binding.action == key) return binding.sequence;
  }
  return "";
}

}  // namespace narada::control::ivr
