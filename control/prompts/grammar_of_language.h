// What grammar.cc asks of each language; one file implements one language.
#ifndef NARADA_CONTROL_PROMPTS_GRAMMAR_OF_LANGUAGE_H_
#define NARADA_CONTROL_PROMPTS_GRAMMAR_OF_LANGUAGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"

namespace narada::control::prompts {

// Fragments in the order in which they are said.
using Fragments = std::vector<std::string>;

// A duration as it is spoken: minutes below an hour, hours and minutes below two days, else days
// and hours. At most two of them are not zero, and at least one.
struct DurationParts {
  int64_t days = 0;
  int64_t hours = 0;
  int64_t minutes = 0;
};

namespace polish {
Fragments Participants(int64_t count);
Fragments Moment(absl::CivilMinute at);
Fragments Duration(const DurationParts& parts);
}  // namespace polish

namespace english {
Fragments Participants(int64_t count);
Fragments Moment(absl::CivilMinute at);
Fragments Duration(const DurationParts& parts);
}  // namespace english

}  // namespace narada::control::prompts

#endif  // NARADA_CONTROL_PROMPTS_GRAMMAR_OF_LANGUAGE_H_
