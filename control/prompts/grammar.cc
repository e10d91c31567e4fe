#include "control/prompts/grammar.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/prompts/grammar_of_language.h"

namespace narada::control::prompts {
namespace {

// Between digits there is time to write; from six digits on they come in threes.
constexpr absl::Duration kDigitPause = absl::Milliseconds(140);
constexpr absl::Duration kGroupPause = absl::Milliseconds(420);
constexpr size_t kGroupedFrom = 6;
constexpr size_t kGroup = 3;

constexpr absl::Duration kDay = absl::Hours(24);
constexpr absl::Duration kHoursUntil = absl::Hours(48);

std::vector<SpeechItem> SpeakDigits(absl::string_view text) {
  std::string digits;
  for (char c : text) {
    if (absl::ascii_isdigit(c) || c == '*' || c == '#') digits.push_back(c);
  }
  std::vector<SpeechItem> items;
  for (size_t i = 0; i < digits.size(); ++i) {
    const bool is_group = digits.size() >= kGroupedFrom && i % kGroup == 0;
    if (i > 0) items.push_back(Silence(is_group ? kGroupPause : kDigitPause));
    const char digit = digits[i];
    items.push_back(Spoken(digit == '*'   ? "digit_star"
                           : digit == '#' ? "digit_hash"
                                          : absl::StrCat("digit_", std::string(1, digit))));
  }
  return items;
}

DurationParts Rounded(absl::Duration duration) {
  const absl::Duration minutes =
      std::max(absl::Minutes(1), absl::Floor(duration + absl::Seconds(30), absl::Minutes(1)));
  if (minutes < kHoursUntil) {
    const int64_t count = absl::ToInt64Minutes(minutes);
    return {.days = 0, .hours = count / 60, .minutes = count % 60};
  }
  const int64_t hours =
      absl::ToInt64Hours(std::min(minutes + absl::Minutes(30), absl::Hours(24) * kSpokenCountMax));
  return {.days = hours / 24, .hours = hours % 24, .minutes = 0};
}

Fragments SpeakFragments(Language language, const PhraseArgument& argument) {
  const bool is_polish = language == Language::kPolish;
  if (const auto* count = std::get_if<ParticipantCount>(&argument)) {
    const int64_t bounded = std::clamp<int64_t>(count->count, 0, kSpokenCountMax);
    return is_polish ? polish::Participants(bounded) : english::Participants(bounded);
  }
  if (const auto* moment = std::get_if<Moment>(&argument)) {
    return is_polish ? polish::Moment(moment->at) : english::Moment(moment->at);
  }
  const DurationParts parts = Rounded(std::get<SpokenDuration>(argument).duration);
  return is_polish ? polish::Duration(parts) : english::Duration(parts);
}

}  // namespace

std::vector<SpeechItem> SpeakArgument(Language language, const PhraseArgument& argument) {
  if (const auto* digits = std::get_if<Digits>(&argument)) return SpeakDigits(digits->digits);
  std::vector<SpeechItem> items;
  for (std::string& fragment : SpeakFragments(language, argument)) {
    items.push_back(Spoken(std::move(fragment)));
  }
  return items;
}

std::set<std::string> GrammarFragments(Language language) {
  std::set<std::string> fragments;
  const auto add = [&](const PhraseArgument& argument) {
    for (SpeechItem& item : SpeakArgument(language, argument)) {
      if (!item.file.empty()) fragments.insert(std::move(item.file));
    }
  };
  add(Digits{"0123456789*#"});
  // Each thousand repeats what the first two show; their own count is a number below a thousand.
  for (int64_t count = 0; count < 2000; ++count) add(ParticipantCount{count});
  for (int64_t thousands = 2; thousands < 1000; ++thousands) {
    add(ParticipantCount{thousands * 1000});
  }
  for (int hour = 0; hour < 24; ++hour) {
    for (int minute = 0; minute < 60; ++minute) {
      add(Moment{absl::CivilMinute(2024, 1, 1, hour, minute)});
    }
  }
  for (absl::CivilDay day(2024, 1, 1); day.year() == 2024; ++day) {
    add(Moment{absl::CivilMinute(day)});
  }
  for (int minute = 1; minute <= 48 * 60; ++minute) add(SpokenDuration{absl::Minutes(minute)});
  for (int day = 2; day < 1000; ++day) add(SpokenDuration{kDay * day + absl::Hours(day % 24)});
  return fragments;
}

}  // namespace narada::control::prompts
