#include "control/prompts/catalogue.h"

#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/config_file.h"
#include "base/status.h"
#include "control/prompts/grammar.h"
#include "narada/config/v1/prompt_catalogue.pb.h"

namespace narada::control::prompts {
namespace {

namespace proto = narada::config::v1;

// Between words and what stands in their blanks.
constexpr absl::Duration kJoint = absl::Milliseconds(90);
constexpr int kPauseMaxMs = 5000;

template <typename T>
constexpr size_t KindOf() {
  return PhraseArgument(T{}).index();
}

bool IsFileName(absl::string_view key) {
  if (key.empty() || key.size() > 32) return false;
  for (char c : key) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') return false;
  }
  return true;
}

}  // namespace

std::vector<size_t> ArgumentKinds(PromptKey key) {
  const size_t digits = KindOf<Digits>();
  const size_t moment = KindOf<Moment>();
  switch (key) {
    case PromptKey::kConfirmMobile:
    case PromptKey::kSmsToNumber:
    case PromptKey::kHelpMute:
    case PromptKey::kHelpCount:
    case PromptKey::kHelpExtend:
    case PromptKey::kHelpRaiseHand:
    case PromptKey::kHelpHelp:
    case PromptKey::kRollCallNumber:
    case PromptKey::kCallOutInvitation:
    case PromptKey::kHelpLock:
    case PromptKey::kHelpMuteAll:
    case PromptKey::kHelpLecture:
    case PromptKey::kHelpRecord:
    case PromptKey::kHelpRollCall:
    case PromptKey::kHelpDialOut:
    case PromptKey::kHelpEndConference:
      return {digits};
    case PromptKey::kRoomAndPin:
    case PromptKey::kRoomAndPinAgain:
      return {digits, digits};
    case PromptKey::kValidUntil:
    case PromptKey::kExtended:
    case PromptKey::kExtensionTooFar:
      return {moment};
    case PromptKey::kParticipants:
      return {KindOf<ParticipantCount>()};
    case PromptKey::kExpiresSoon:
    case PromptKey::kModeratorLeft:
      return {KindOf<SpokenDuration>()};
    default:
      return {};
  }
}

absl::StatusOr<Catalogue> Catalogue::Load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "PROMPT_MISSING",
                           absl::StrCat(path, ": the prompt catalogue cannot be read"));
  }
  return Parse(path, text.str());
}

absl::StatusOr<Catalogue> Catalogue::Parse(absl::string_view name, absl::string_view text) {
  proto::PromptCatalogue read;
  ASSIGN_OR_RETURN(const ConfigFile file, ConfigFile::Parse(name, text, read));
  Catalogue catalogue;
  const std::optional<Language> language = LanguageFromTag(read.language());
  if (!language) return file.Error("language", "must be \"pl\" or \"en\"");
  catalogue.language_ = *language;
  if (read.voice().name().empty()) return file.Error("voice.name", "is missing");
  if (read.voice().words_per_minute() < 80 || read.voice().words_per_minute() > 400) {
    return file.Error("voice.words_per_minute", "must be 80 to 400");
  }
  if (read.voice().pitch() > 99) return file.Error("voice.pitch", "must be 0 to 99");
  if (read.voice().word_gap() > 100) return file.Error("voice.word_gap", "must be 0 to 100");
  catalogue.voice_ = {.name = read.voice().name(),
                      .words_per_minute = static_cast<int>(read.voice().words_per_minute()),
                      .pitch = static_cast<int>(read.voice().pitch()),
                      .word_gap_10ms = static_cast<int>(read.voice().word_gap())};

  for (int i = 0; i < read.prompts_size(); ++i) {
    const proto::Prompt& prompt = read.prompts(i);
    const std::string at = absl::StrCat("prompts[", i, "]");
    const std::optional<PromptKey> key = PromptKeyFromName(prompt.key());
    if (!key) return file.Error(at + ".key", "is no key of the service");
    if (IsSound(*key)) return file.Error(at + ".key", "is a sound and has no words");
    const std::vector<size_t> kinds = ArgumentKinds(*key);
    std::set<size_t> used;
    std::vector<Part> parts;
    int texts = 0;
    for (int j = 0; j < prompt.parts_size(); ++j) {
      const proto::PromptPart& part = prompt.parts(j);
      const std::string part_at = absl::StrCat(at, ".parts[", j, "]");
      switch (part.part_case()) {
        case proto::PromptPart::kText: {
          if (part.text().empty()) return file.Error(part_at, "has no words");
          ++texts;
          const std::string file_name =
              texts == 1 ? prompt.key() : absl::StrCat(prompt.key(), "_", texts);
          if (!catalogue.texts_.emplace(file_name, part.text()).second) {
            return file.Error(at + ".key", "is there twice");
          }
          parts.push_back({.file = file_name, .argument = {}, .pause = {}});
          break;
        }
        case proto::PromptPart::kArgument:
          if (part.argument() >= kinds.size()) {
            return file.Error(part_at, absl::StrCat("this key has ", kinds.size(), " arguments"));
          }
          used.insert(part.argument());
          parts.push_back({.file = "", .argument = part.argument(), .pause = {}});
          break;
        case proto::PromptPart::kPauseMs:
          if (part.pause_ms() > kPauseMaxMs) return file.Error(part_at, "is longer than 5 s");
          parts.push_back(
              {.file = "", .argument = {}, .pause = absl::Milliseconds(part.pause_ms())});
          break;
        case proto::PromptPart::PART_NOT_SET:
          return file.Error(part_at, "is empty");
      }
    }
    if (texts == 0 && kinds.empty()) return file.Error(at, "says nothing");
    if (used.size() != kinds.size()) return file.Error(at, "does not say each of its arguments");
    if (!catalogue.prompts_.emplace(*key, std::move(parts)).second) {
      return file.Error(at + ".key", "is there twice");
    }
  }
  for (int i = 0; i < kPromptKeyCount; ++i) {
    const PromptKey key = static_cast<PromptKey>(i);
    if (!IsSound(key) && catalogue.prompts_.count(key) == 0) {
      return ErrorWithReason(absl::StatusCode::kInvalidArgument, "PROMPT_MISSING",
                             absl::StrCat(name, ": lacks the prompt ", PromptKeyName(key)));
    }
  }

  std::set<std::string> needed = GrammarFragments(*language);
  for (int i = 0; i < read.fragments_size(); ++i) {
    const proto::Fragment& fragment = read.fragments(i);
    const std::string at = absl::StrCat("fragments[", i, "]");
    if (!IsFileName(fragment.key())) return file.Error(at + ".key", "must be [a-z0-9_]{1,32}");
    if (fragment.text().empty()) return file.Error(at + ".text", "is missing");
    if (needed.erase(fragment.key()) == 0) {
      return file.Error(at + ".key", "is there twice, or the language never says it");
    }
    if (!catalogue.texts_.emplace(fragment.key(), fragment.text()).second) {
      return file.Error(at + ".key", "is a prompt's file, too");
    }
  }
  if (!needed.empty()) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "PROMPT_MISSING",
                           absl::StrCat(name, ": lacks the fragment ", *needed.begin()));
  }
  return catalogue;
}

std::vector<SpeechItem> Catalogue::Speak(const Phrase& phrase) const {
  const std::vector<size_t> kinds = ArgumentKinds(phrase.key);
  CHECK(phrase.arguments.size() == kinds.size())
      << PromptKeyName(phrase.key) << " needs " << kinds.size() << " arguments";
  for (size_t i = 0; i < kinds.size(); ++i) {
    CHECK(phrase.arguments[i].index() == kinds[i])
        << PromptKeyName(phrase.key) << " has an argument of another kind";
  }
  const auto found = prompts_.find(phrase.key);
  CHECK(found != prompts_.end()) << PromptKeyName(phrase.key) << " has no words";
  std::vector<SpeechItem> items;
  for (const Part& part : found->second) {
    if (part.file.empty() && !part.argument) {
      items.push_back(Silence(part.pause));
      continue;
    }
    if (!items.empty() && !items.back().file.empty()) items.push_back(Silence(kJoint));
    if (!part.argument) {
      items.push_back(Spoken(part.file));
      continue;
    }
    for (SpeechItem& item : SpeakArgument(language_, phrase.arguments[*part.argument])) {
      items.push_back(std::move(item));
    }
  }
  return items;
}

std::string Catalogue::Words(const Phrase& phrase) const {
  std::string words;
  for (const SpeechItem& item : Speak(phrase)) {
    if (item.file.empty()) continue;
    if (!words.empty()) words += ' ';
    words += texts_.find(item.file)->second;
  }
  return words;
}

}  // namespace narada::control::prompts
