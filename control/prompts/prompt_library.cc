#include "control/prompts/prompt_library.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/status.h"
#include "control/prompts/wav.h"

namespace narada::control::prompts {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kSoundsFolder = "sounds";
// Beginnings of the names that only sets have.
constexpr absl::string_view kOwnGreeting = "greeting_";
constexpr absl::string_view kOwnAnnouncement = "announce_";
// Between sentences.
constexpr absl::Duration kSentencePause = absl::Milliseconds(350);

// FNV-1a: tells versions of one recording apart, nothing secret.
uint64_t HashOf(absl::string_view bytes) {
  uint64_t hash = 14695981039346656037u;
  for (unsigned char byte : bytes) hash = (hash ^ byte) * 1099511628211u;
  return hash;
}

bool Exists(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

absl::StatusOr<Recording> ReadRecording(const std::string& path, absl::string_view name) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  if (!file || !(bytes << file.rdbuf())) {
    if (!Exists(path)) {
      return ErrorWithReason(absl::StatusCode::kNotFound, "PROMPT_MISSING",
                             absl::StrCat(path, ": the prompt is missing"));
    }
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "PROMPT_DAMAGED",
                           absl::StrCat(path, ": is empty or cannot be read"));
  }
  Recording recording;
  recording.path = path;
  recording.wav = bytes.str();
  const absl::StatusOr<WavInfo> wav = CheckWav(recording.wav);
  if (!wav.ok()) return WithContext(wav.status(), path);
  recording.duration = wav->duration;
  recording.prompt_id = absl::StrFormat("%s-%016x", name, HashOf(recording.wav));
  return recording;
}

// Of an announcement: it stands in requests and in the audit log.
bool IsName(absl::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == name.npos;
}

// An operator who misspells a name would wonder for long why the old voice still speaks.
absl::Status CheckForUnused(const std::string& own_dir,
                            const std::map<std::string, size_t, std::less<>>& by_file) {
  std::array<std::string, 3> folders = {std::string(LanguageTag(Language::kPolish)),
                                        std::string(LanguageTag(Language::kEnglish)),
                                        std::string(kSoundsFolder)};
  for (const std::string& folder : folders) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(fs::path(own_dir) / folder, error)) {
      const std::string name = entry.path().filename().string();
      absl::string_view stem = name;
      if (absl::ConsumeSuffix(&stem, ".wav") &&
          by_file.count(absl::StrCat(folder, "/", stem)) == 0) {
        return ErrorWithReason(absl::StatusCode::kInvalidArgument, "PROMPT_UNUSED",
                               absl::StrCat(entry.path().string(), ": no prompt has this name"));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PromptLibrary> PromptLibrary::Load(const std::string& dir,
                                                  const std::string& own_dir) {
  PromptLibrary library;
  std::vector<std::string> files;  // "pl/main_menu"
  for (Language language : kLanguages) {
    const absl::string_view tag = LanguageTag(language);
    const std::string path = absl::StrCat(dir, "/", tag, "/catalogue.textproto");
    ASSIGN_OR_RETURN(Catalogue catalogue, Catalogue::Load(path));
    if (catalogue.language() != language) {
      return ErrorWithReason(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID",
                             absl::StrCat(path, ": is of another language"));
    }
    for (const auto& [file, text] : catalogue.texts())
      files.push_back(absl::StrCat(tag, "/", file));
    library.catalogues_.emplace(language, std::move(catalogue));
  }
  for (int i = 0; i < kPromptKeyCount; ++i) {
    const PromptKey key = static_cast<PromptKey>(i);
    if (IsSound(key)) files.push_back(absl::StrCat(kSoundsFolder, "/", PromptKeyName(key)));
  }
  for (const std::string& file : files) {
    const std::string own = absl::StrCat(own_dir, "/", file, ".wav");
    const bool is_own = !own_dir.empty() && Exists(own);
    std::string name = file;
    name[name.find('/')] = '-';
    ASSIGN_OR_RETURN(Recording recording,
                     ReadRecording(is_own ? own : absl::StrCat(dir, "/", file, ".wav"), name));
    library.by_file_.emplace(file, library.recordings_.size());
    library.recordings_.push_back(std::move(recording));
  }
  if (!own_dir.empty()) {
    RETURN_IF_ERROR(CheckForUnused(own_dir, library.by_file_));
    RETURN_IF_ERROR(library.LoadSets(absl::StrCat(own_dir, "/sets")));
  }
  return library;
}

absl::Status PromptLibrary::LoadSets(const std::string& sets_dir) {
  std::error_code error;
  std::set<std::string> paths;  // In order, so that ids and errors do not depend on the disk's.
  for (const auto& entry : fs::recursive_directory_iterator(sets_dir, error)) {
    if (entry.path().extension() == ".wav") paths.insert(entry.path().string());
  }
  for (const std::string& path : paths) {
    const fs::path relative = fs::path(path).lexically_relative(sets_dir);
    const std::vector<fs::path> parts(relative.begin(), relative.end());
    const std::string set = parts.front().string();
    const std::string stem = relative.stem().string();
    const std::string file =
        parts.size() == 3 ? absl::StrCat(parts[1].string(), "/", stem) : std::string();
    const bool is_known = by_file_.count(file) > 0;
    const bool is_spoken = parts.size() == 3 && LanguageFromTag(parts[1].string()).has_value();
    const bool is_greeting = is_spoken && absl::StartsWith(stem, kOwnGreeting);
    absl::string_view name = stem;
    const bool is_announcement =
        is_spoken && !is_known && absl::ConsumePrefix(&name, kOwnAnnouncement) && IsName(name);
    if (!is_known && !is_greeting && !is_announcement) {
      return ErrorWithReason(absl::StatusCode::kInvalidArgument, "PROMPT_UNUSED",
                             absl::StrCat(path, ": no prompt has this name"));
    }
    // The mixer takes ids of 64 characters: the hash says which one it is, the name only helps to read.
    ASSIGN_OR_RETURN(Recording recording, ReadRecording(path, "set"));
    recordings_.push_back(std::move(recording));
    by_file_[absl::StrCat(set, ":", file)] = recordings_.size() - 1;
    std::vector<std::string>& names = own_announcements_[set];
    if (is_announcement && std::find(names.begin(), names.end(), name) == names.end()) {
      names.emplace_back(name);
    }
  }
  for (auto& [set, names] : own_announcements_) std::sort(names.begin(), names.end());
  return absl::OkStatus();
}

std::optional<size_t> PromptLibrary::FindOwn(const OwnWords& own, Language language) const {
  std::vector<Language> languages = {language};
  languages.insert(languages.end(), kLanguages.begin(), kLanguages.end());
  for (const Language spoken : languages) {
    const auto found = by_file_.find(
        absl::StrCat(own.prompt_set, ":", LanguageTag(spoken), "/", kOwnAnnouncement, own.name));
    if (found != by_file_.end()) return found->second;
  }
  return std::nullopt;
}

std::vector<SpokenItem> PromptLibrary::SpeakFrom(absl::string_view set, absl::string_view greeting,
                                                 Language language,
                                                 absl::Span<const Phrase> phrases) const {
  std::vector<SpokenItem> items;
  const auto add = [&](const std::string& file) {
    auto found = set.empty() ? by_file_.end() : by_file_.find(absl::StrCat(set, ":", file));
    if (found == by_file_.end()) found = by_file_.find(file);
    CHECK(found != by_file_.end()) << file << " was not loaded";
    items.push_back({.prompt_id = recordings_[found->second].prompt_id, .pause = {}});
  };
  for (const Phrase& phrase : phrases) {
    if (!items.empty()) items.push_back({.prompt_id = "", .pause = kSentencePause});
    if (phrase.own) {
      // A control that was restarted since may have it no more: then there is nothing to say.
      const auto own = FindOwn(*phrase.own, phrase.language.value_or(language));
      if (own) items.push_back({.prompt_id = recordings_[*own].prompt_id, .pause = {}});
      continue;
    }
    if (IsSound(phrase.key)) {
      add(absl::StrCat(kSoundsFolder, "/", PromptKeyName(phrase.key)));
      continue;
    }
    const Language spoken = phrase.language.value_or(language);
    if (phrase.key == PromptKey::kGreeting && !greeting.empty()) {
      const auto own = by_file_.find(absl::StrCat(set, ":", LanguageTag(spoken), "/", greeting));
      if (own != by_file_.end()) {
        items.push_back({.prompt_id = recordings_[own->second].prompt_id, .pause = {}});
        continue;
      }
    }
    for (const SpeechItem& item : catalogues_.at(spoken).Speak(phrase)) {
      if (item.file.empty()) {
        items.push_back({.prompt_id = "", .pause = item.pause});
      } else {
        add(absl::StrCat(LanguageTag(spoken), "/", item.file));
      }
    }
  }
  return items;
}

std::string PromptLibrary::Words(Language language, absl::Span<const Phrase> phrases) const {
  std::string words;
  for (const Phrase& phrase : phrases) {
    if (!words.empty()) words += ' ';
    if (phrase.own) {
      absl::StrAppend(&words, "(", phrase.own->prompt_set, "/", phrase.own->name, ")");
      continue;
    }
    if (IsSound(phrase.key)) {
      absl::StrAppend(&words, "(", PromptKeyName(phrase.key), ")");
      continue;
    }
    const Catalogue& catalogue = catalogues_.at(phrase.language.value_or(language));
    absl::StrAppend(&words, catalogue.Words(phrase));
  }
  return words;
}

}  // namespace narada::control::prompts
