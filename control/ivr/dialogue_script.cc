#include "control/ivr/dialogue_script.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"

namespace narada::control::ivr {
namespace {

std::string ArgumentText(const PhraseArgument& argument) {
  if (const auto* digits = std::get_if<Digits>(&argument)) return digits->digits;
  if (const auto* count = std::get_if<ParticipantCount>(&argument)) {
    return absl::StrCat(count->count);
  }
  if (const auto* moment = std::get_if<Moment>(&argument)) {
    return absl::FormatCivilTime(moment->at);
  }
  return absl::FormatDuration(std::get<SpokenDuration>(argument).duration);
}

std::string PhraseText(const Phrase& phrase) {
  std::string text(PromptKeyName(phrase.key));
  if (phrase.language) absl::StrAppend(&text, "@", LanguageTag(*phrase.language));
  if (!phrase.arguments.empty()) {
    absl::StrAppend(&text, "(",
                    absl::StrJoin(phrase.arguments, ",",
                                  [](std::string* out, const PhraseArgument& argument) {
                                    absl::StrAppend(out, ArgumentText(argument));
                                  }),
                    ")");
  }
  return text;
}

struct Describer {
  std::string operator()(const Play& play) const {
    return absl::StrCat(
        play.loop ? "loop " : "say ",
        absl::StrJoin(play.phrases, " ", [](std::string* out, const Phrase& phrase) {
          absl::StrAppend(out, PhraseText(phrase));
        }));
  }
  std::string operator()(const StopPlayback&) const { return "stop"; }
  std::string operator()(const ivr::StartTimer&) const { return ""; }
  std::string operator()(const ivr::StopTimer&) const { return ""; }
  std::string operator()(const SetLanguage& set) const {
    return absl::StrCat("language ", LanguageTag(set.language));
  }
  std::string operator()(const LookUpRoom& look_up) const {
    return absl::StrCat("look up ", look_up.room ? look_up.room->digits() : "-", " ",
                        look_up.pin.Reveal());
  }
  std::string operator()(const Reserve& reserve) const {
    return absl::StrCat("reserve ", LanguageTag(reserve.language), " ",
                        reserve.sms_to ? reserve.sms_to->e164() : "-");
  }
  std::string operator()(const Extend& extend) const {
    return absl::StrCat("extend ", extend.room.digits(), " ", extend.pin.Reveal());
  }
  std::string operator()(const ExtendFromInside&) const { return "extend from inside"; }
  std::string operator()(const ivr::StartNameRecording&) const { return "record name"; }
  std::string operator()(const ivr::FinishNameRecording&) const { return "keep name"; }
  std::string operator()(const JoinRoom& join) const {
    return absl::StrCat("join ", join.reservation_id);
  }
  std::string operator()(const SetMute& set) const { return set.is_muted ? "mute" : "unmute"; }
  std::string operator()(const CommandConference&) const { return "command"; }
  std::string operator()(const CallOut& call) const {
    return absl::StrCat("call out ", call.number.e164());
  }
  std::string operator()(const BecomeHeard&) const { return "be heard"; }
  std::string operator()(const HangUp&) const { return "hang up"; }
};

}  // namespace

std::string Describe(const std::vector<IvrAction>& actions) {
  std::vector<std::string> lines;
  for (const IvrAction& action : actions) {
    std::string line = std::visit(Describer(), action);
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return absl::StrJoin(lines, "\n");
}

DialogueScript::DialogueScript(IvrSettings settings)
    : settings_(std::make_shared<const IvrSettings>(std::move(settings))) {}

IvrSettings DialogueScript::TestSettings() {
  IvrSettings settings;
  settings.time_zone = absl::UTCTimeZone();
  return settings;
}

absl::Time DialogueScript::Expiry() {
  return absl::FromCivil(absl::CivilMinute(2026, 11, 29, 12, 30), absl::UTCTimeZone());
}

std::string DialogueScript::Happens(const IvrEvent& event) {
  IvrStep step = Advance(state_, event, now_);
  state_ = std::move(step.state);
  actions_.insert(actions_.end(), step.actions.begin(), step.actions.end());
  return Describe(step.actions);
}

std::string DialogueScript::Start(Caller caller, Language language, EntryKind entry) {
  return Happens(CallStarted{.settings = settings_,
                             .dialled = {.number = *PhoneNumber::FromE164("+48608608608"),
                                         .language = language,
                                         .entry = entry},
                             .caller = std::move(caller)});
}

std::string DialogueScript::Press(absl::string_view keys) {
  std::vector<std::string> lines;
  for (char key : keys) {
    std::string line = Happens(DigitPressed{key});
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return absl::StrJoin(lines, "\n");
}

std::string DialogueScript::PromptEnds() { return Happens(PlaybackEnded{state_.playback}); }

absl::Duration DialogueScript::timer() const {
  if (!state_.has_timer) return absl::ZeroDuration();
  for (auto action = actions_.rbegin(); action != actions_.rend(); ++action) {
    const auto* start = std::get_if<ivr::StartTimer>(&*action);
    if (start != nullptr && start->timer == state_.timer) return start->after;
  }
  return absl::ZeroDuration();
}

std::string DialogueScript::Wait() {
  if (!state_.has_timer) return "no timer";
  now_ += timer();
  return Happens(TimerFired{state_.timer});
}

std::string DialogueScript::LookedUp(RoomLookedUp::Outcome outcome) {
  return Happens(RoomLookedUp{.request = state_.request,
                              .outcome = outcome,
                              .reservation_id = "r1",
                              .asks_name = settings_->asks_name});
}

std::string DialogueScript::NameKept(NameRecorded::Outcome outcome) {
  return Happens(NameRecorded{.request = state_.request, .outcome = outcome});
}

std::string DialogueScript::Reserved(absl::string_view room, absl::string_view pin, bool sms) {
  return Happens(ReservationAnswered{.request = state_.request,
                                     .outcome = ReservationAnswered::Outcome::kMade,
                                     .reservation_id = "r1",
                                     .room = RoomNumber::Parse(room),
                                     .pin = Pin::Parse(pin),
                                     .expires_at = Expiry(),
                                     .sms_accepted = sms});
}

std::string DialogueScript::ReservationFails(ReservationAnswered::Outcome outcome) {
  return Happens(ReservationAnswered{.request = state_.request, .outcome = outcome});
}

std::string DialogueScript::Extended(ExtensionAnswered::Outcome outcome) {
  return Happens(
      ExtensionAnswered{.request = state_.request, .outcome = outcome, .expires_at = Expiry()});
}

std::string DialogueScript::Joined(int participants, JoinAnswered::Outcome outcome) {
  return Happens(
      JoinAnswered{.request = state_.request, .outcome = outcome, .participants = participants});
}

}  // namespace narada::control::ivr
