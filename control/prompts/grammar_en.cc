// English: the verb agrees with the count, the clock has twelve hours.
#include "absl/strings/str_cat.h"
#include "control/prompts/grammar_of_language.h"

namespace narada::control::prompts::english {
namespace {

// 1 to 99.
void AppendBelowHundred(int64_t number, Fragments& fragments) {
  if (number >= 20) {
    fragments.push_back(absl::StrCat("ten_", number / 10));
    number %= 10;
    if (number == 0) return;
  }
  fragments.push_back(absl::StrCat("number_", number));
}

void AppendBelowThousand(int64_t number, Fragments& fragments) {
  if (number >= 100) {
    fragments.push_back(absl::StrCat("number_", number / 100));
    fragments.push_back("hundred");
    number %= 100;
    if (number == 0) return;
    fragments.push_back("and");
  }
  AppendBelowHundred(number, fragments);
}

void AppendNumber(int64_t number, Fragments& fragments) {
  if (number == 0) {
    fragments.push_back("number_0");
    return;
  }
  if (number >= 1000) {
    AppendBelowThousand(number / 1000, fragments);
    fragments.push_back("thousand");
    number %= 1000;
    if (number == 0) return;
    if (number < 100) fragments.push_back("and");
  }
  AppendBelowThousand(number, fragments);
}

void AppendCounted(int64_t number, absl::string_view noun, Fragments& fragments) {
  if (number == 0) return;
  if (!fragments.empty()) fragments.push_back("and");
  AppendNumber(number, fragments);
  fragments.push_back(absl::StrCat(noun, number == 1 ? "_one" : "_many"));
}

}  // namespace

Fragments Participants(int64_t count) {
  Fragments fragments = {count == 1 ? "count_one" : "count_many"};
  AppendNumber(count, fragments);
  fragments.push_back(count == 1 ? "participant_one" : "participant_many");
  return fragments;
}

// "the twenty-ninth of November at twelve thirty p.m."
Fragments Moment(absl::CivilMinute at) {
  Fragments fragments = {absl::StrCat("date_", at.day()), absl::StrCat("month_", at.month()),
                         "clock"};
  // "Twelve a.m." is heard as noon by some and as midnight by others.
  if (at.minute() == 0 && at.hour() % 12 == 0) {
    fragments.push_back(at.hour() == 0 ? "midnight" : "noon");
    return fragments;
  }
  fragments.push_back(absl::StrCat("number_", at.hour() % 12 == 0 ? 12 : at.hour() % 12));
  if (at.minute() > 0 && at.minute() < 10) fragments.push_back("oh");
  if (at.minute() > 0) AppendBelowHundred(at.minute(), fragments);
  fragments.push_back(at.hour() < 12 ? "am" : "pm");
  return fragments;
}

Fragments Duration(const DurationParts& parts) {
  Fragments fragments;
  AppendCounted(parts.days, "day", fragments);
  AppendCounted(parts.hours, "hour", fragments);
  AppendCounted(parts.minutes, "minute", fragments);
  return fragments;
}

}  // namespace narada::control::prompts::english
