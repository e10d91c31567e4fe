#include "tests/dialogue/transcript.h"

#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "control/ivr/dialogue_script.h"
#include "control/ivr/ivr.h"

namespace narada::tests {
namespace {

using control::Caller;
using control::EntryKind;
using control::IsSound;
using control::Language;
using control::LanguageFromTag;
using control::PhoneNumber;
using control::Phrase;
using control::PromptKeyName;
using control::ivr::Describe;
using control::ivr::DialogueScript;
using control::ivr::IvrAction;
using control::prompts::Catalogue;

// One call at a time, from its "call" line to the next.
class Replayer {
 public:
  explicit Replayer(const std::map<Language, Catalogue>& catalogues) : catalogues_(catalogues) {}

  // Does what a line at the margin says. False if it is not understood.
  bool Do(absl::string_view line) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words[0] == "call") return Call(words);
    if (!script_) return false;
    if (words[0] == "press" && words.size() == 2) {
      script_->Press(words[1]);
    } else if (line == "prompt ends") {
      script_->PromptEnds();
    } else if (line == "wait") {
      script_->Wait();
    } else if (words[0] == "answer" && words.size() >= 2) {
      return Answer(words);
    } else if (words[0] == "roster" && words.size() == 2) {
      int participants = 0;
      if (!absl::SimpleAtoi(words[1], &participants)) return false;
      script_->Happens(control::ivr::RosterChanged{participants});
    } else if (line == "muted" || line == "unmuted") {
      script_->Happens(control::ivr::MuteChanged{line == "muted"});
    } else if (line == "moderator") {
      script_->Happens(control::ivr::RoleChanged{.is_moderator = true});
    } else if (absl::StartsWith(line, "expires in ") && words.size() == 4) {
      int minutes = 0;
      if (!absl::SimpleAtoi(words[2], &minutes)) return false;
      script_->Happens(control::ivr::ExpiryWarned{absl::Minutes(minutes)});
    } else if (words[0] == "left" && words.size() == 2) {
      using Why = control::ivr::ConferenceLeft::Why;
      const std::map<std::string, Why> whys = {{"ended", Why::kEnded},
                                               {"removed", Why::kRemoved},
                                               {"limit", Why::kCallLimit},
                                               {"unavailable", Why::kUnavailable}};
      const auto why = whys.find(words[1]);
      if (why == whys.end()) return false;
      script_->Happens(control::ivr::ConferenceLeft{why->second});
    } else {
      return false;
    }
    return true;
  }

  // What followed since the last question, a line each.
  std::vector<std::string> TakeConsequences() {
    std::vector<std::string> lines;
    if (!script_) return lines;
    const std::vector<IvrAction>& actions = script_->actions();
    for (; told_ < actions.size(); ++told_) {
      if (const auto* play = std::get_if<control::ivr::Play>(&actions[told_])) {
        lines.push_back(absl::StrCat(play->loop ? "plays: " : "says: ", WordsOf(*play)));
        continue;
      }
      const std::string other = Describe({actions[told_]});
      if (!other.empty()) lines.push_back(absl::StrCat("does: ", other));
    }
    return lines;
  }

 private:
  bool Call(const std::vector<std::string>& words) {
    Caller caller;
    Language language = Language::kPolish;
    EntryKind entry = EntryKind::kMenu;
    control::ivr::IvrSettings settings = DialogueScript::TestSettings();
    for (size_t i = 1; i < words.size(); ++i) {
      const bool has_next = i + 1 < words.size();
      if (words[i] == "withheld") {
        caller.is_withheld = true;
      } else if (words[i] == "from" && has_next) {
        caller.number = PhoneNumber::FromE164(words[++i]);
        if (!caller.number) return false;
      } else if (words[i] == "in" && has_next) {
        const auto tagged = LanguageFromTag(words[++i]);
        if (!tagged) return false;
        language = *tagged;
      } else if (words[i] == "by" && has_next) {
        entry = words[++i] == "pin" ? EntryKind::kPin : EntryKind::kRoomAndPin;
      } else if (words[i] == "names") {
        settings.asks_name = true;
      } else {
        return false;
      }
    }
    script_ = std::make_unique<DialogueScript>(std::move(settings));
    told_ = 0;
    script_->Start(caller, language, entry);
    return true;
  }

  bool Answer(const std::vector<std::string>& words) {
    using control::ivr::ExtensionAnswered;
    using control::ivr::JoinAnswered;
    using control::ivr::ReservationAnswered;
    using control::ivr::RoomLookedUp;
    const std::string& what = words[1];
    if (what == "reserved" && words.size() >= 4) {
      script_->Reserved(words[2], words[3], /*sms=*/words.size() == 4);
    } else if (what == "joined" && words.size() == 3) {
      int participants = 0;
      if (!absl::SimpleAtoi(words[2], &participants)) return false;
      script_->Joined(participants);
    } else if (what == "accepted") {
      script_->LookedUp(RoomLookedUp::Outcome::kAccepted);
    } else if (what == "refused") {
      script_->LookedUp(RoomLookedUp::Outcome::kRefused);
    } else if (what == "locked_out") {
      script_->LookedUp(RoomLookedUp::Outcome::kLockedOut);
    } else if (what == "unavailable") {
      script_->LookedUp(RoomLookedUp::Outcome::kUnavailable);
    } else if (what == "reservation_refused") {
      script_->ReservationFails(ReservationAnswered::Outcome::kRefused);
    } else if (what == "extended") {
      script_->Extended(ExtensionAnswered::Outcome::kExtended);
    } else if (what == "too_far_ahead") {
      script_->Extended(ExtensionAnswered::Outcome::kTooFarAhead);
    } else if (what == "not_extended") {
      script_->Extended(ExtensionAnswered::Outcome::kRefused);
    } else if (what == "name" && words.size() == 3) {
      using Name = control::ivr::NameRecorded::Outcome;
      const std::map<std::string, Name> outcomes = {{"recorded", Name::kRecorded},
                                                    {"silent", Name::kSilent},
                                                    {"unavailable", Name::kUnavailable}};
      const auto outcome = outcomes.find(words[2]);
      if (outcome == outcomes.end()) return false;
      script_->NameKept(outcome->second);
    } else if (what == "full") {
      script_->Joined(1, JoinAnswered::Outcome::kFull);
    } else if (what == "locked") {
      script_->Joined(1, JoinAnswered::Outcome::kLocked);
    } else {
      return false;
    }
    return true;
  }

  std::string WordsOf(const control::ivr::Play& play) const {
    std::vector<std::string> sentences;
    for (const Phrase& phrase : play.phrases) {
      sentences.push_back(
          IsSound(phrase.key)
              ? std::string(PromptKeyName(phrase.key))
              : catalogues_.at(phrase.language.value_or(play.language)).Words(phrase));
    }
    return absl::StrJoin(sentences, " | ");
  }

  const std::map<Language, Catalogue>& catalogues_;
  std::unique_ptr<DialogueScript> script_;
  size_t told_ = 0;
};

}  // namespace

absl::StatusOr<std::string> Replay(absl::string_view text,
                                   const std::map<Language, Catalogue>& catalogues) {
  Replayer replayer(catalogues);
  std::string replayed;
  int number = 0;
  absl::ConsumeSuffix(&text, "\n");
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (absl::StartsWith(line, "  ")) continue;  // What followed when this was written.
    absl::StrAppend(&replayed, line, "\n");
    const bool is_text = line.empty() || line[0] == '#' || absl::StartsWith(line, "== ");
    if (is_text) continue;
    if (!replayer.Do(line)) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, " is not understood: ", line));
    }
    for (const std::string& consequence : replayer.TakeConsequences()) {
      absl::StrAppend(&replayed, "  ", consequence, "\n");
    }
  }
  return replayed;
}

}  // namespace narada::tests
