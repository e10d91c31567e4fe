// Polish: numerals agree with what they count, and decide its case.
#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "control/prompts/grammar.h"
#include "control/prompts/grammar_of_language.h"

namespace narada::control::prompts {

Plural PolishPlural(int64_t count) {
  if (count == 1) return Plural::kOne;
  const int64_t tens = count % 100;
  const int64_t units = count % 10;
  const bool is_teen = tens >= 12 && tens <= 14;
  return units >= 2 && units <= 4 && !is_teen ? Plural::kFew : Plural::kMany;
}

namespace polish {
namespace {

enum class Numeral {
  kPlain,     // "dwa dni", and of thousands.
  kFeminine,  // Accusative: "jedną minutę", "dwie godziny".
  kPersonal,  // Of men or mixed company: "dwóch uczestników".
};

std::string PluralName(int64_t count) {
  switch (PolishPlural(count)) {
    case Plural::kOne:
      return "one";
    case Plural::kFew:
      return "few";
    case Plural::kMany:
      break;
  }
  return "many";
}

// 1 to 999. `is_alone`: nothing was said before, so that one is "jedną", not "dwadzieścia jeden".
void AppendBelowThousand(int64_t number, Numeral numeral, bool is_alone, Fragments& fragments) {
  const absl::string_view kind = numeral == Numeral::kPersonal ? "personal_" : "";
  if (number >= 100) fragments.push_back(absl::StrCat(kind, "hundred_", number / 100));
  is_alone = is_alone && number < 100;
  number %= 100;
  if (number >= 20) {
    fragments.push_back(absl::StrCat(kind, "ten_", number / 10));
    is_alone = false;
    number %= 10;
  }
  if (number == 0) return;
  if (number == 1) {
    const bool agrees = is_alone && numeral == Numeral::kFeminine;
    fragments.push_back(agrees ? "feminine_1" : "number_1");
  } else if (number == 2 && numeral == Numeral::kFeminine) {
    fragments.push_back("feminine_2");
  } else {
    fragments.push_back(
        absl::StrCat(numeral == Numeral::kPersonal ? "personal_" : "number_", number));
  }
}

void AppendNumber(int64_t number, Numeral numeral, Fragments& fragments) {
  if (number == 0) {
    fragments.push_back("number_0");
    return;
  }
  const int64_t thousands = number / 1000;
  if (thousands == 1) {
    fragments.push_back("thousand_one");
  } else if (thousands > 1) {
    AppendBelowThousand(thousands, Numeral::kPlain, true, fragments);
    fragments.push_back(absl::StrCat("thousand_", PluralName(thousands)));
  }
  AppendBelowThousand(number % 1000, numeral, thousands == 0, fragments);
}

void AppendCounted(int64_t number, Numeral numeral, absl::string_view noun, Fragments& fragments) {
  if (number == 0) return;
  if (!fragments.empty()) fragments.push_back("and");
  AppendNumber(number, numeral, fragments);
  fragments.push_back(absl::StrCat(noun, "_", PluralName(number)));
}

}  // namespace

Fragments Participants(int64_t count) {
  Fragments fragments;
  AppendNumber(count, Numeral::kPersonal, fragments);
  // Personal numerals govern the genitive throughout: "dwóch uczestników", "pięciu uczestników".
  fragments.push_back(count == 1 ? "participant_one" : "participant_many");
  return fragments;
}

// "dwudziestego dziewiątego listopada, do godziny dwunastej trzydzieści".
Fragments Moment(absl::CivilMinute at) {
  Fragments fragments = {absl::StrCat("date_", at.day()), absl::StrCat("month_", at.month()),
                         "clock", absl::StrCat("clock_", at.hour())};
  if (at.minute() > 0 && at.minute() < 10) fragments.push_back("number_0");
  if (at.minute() > 0) AppendNumber(at.minute(), Numeral::kPlain, fragments);
  return fragments;
}

Fragments Duration(const DurationParts& parts) {
  Fragments fragments;
  AppendCounted(parts.days, Numeral::kPlain, "day", fragments);
  AppendCounted(parts.hours, Numeral::kFeminine, "hour", fragments);
  AppendCounted(parts.minutes, Numeral::kFeminine, "minute", fragments);
  return fragments;
}

}  // namespace polish
}  // namespace narada::control::prompts
