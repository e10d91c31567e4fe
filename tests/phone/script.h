#ifndef NARADA_TESTS_PHONE_SCRIPT_H_
#define NARADA_TESTS_PHONE_SCRIPT_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/phone/phone.h"

namespace narada::phone {

// What a phone is to do, step by step: commands parted by `;` or new lines, `#` begins a comment at
// the start of a command. Times are seconds.
//   wait-answer [30]         the call must be answered within that time
//   wait-refused CODE [30]   the call must be refused with this status
//   wait-call [30] / ring / answer / reject CODE     for calls to this phone
//   listen S                 let time pass (also `wait S`)
//   wait-sound [10] / wait-quiet S [60]   until something is heard; until S seconds are quiet
//   press DIGITS / press-info DIGITS / press-inband DIGITS   by RFC 4733, SIP INFO, tone pairs
//   tone 440@-20[,HZ@DBOV] / silence      from now on; a tone beyond the codec's band is not said
//   say FILE / say-and-go FILE            a sound file; `say` waits for its end
//   expect-tone HZ@DBOV [1.5]  the last second held this tone, within so many dB
//   expect-no-tone HZ [-70]    the last second held less of it than this level
//   hold / hold-inactive / resume / update
//   mute-rtp / unmute-rtp    stop sending anything, as a dead phone; go on
//   mark NAME                a named moment for the report
//   hangup / wait-hangup [30]
// Marks and steps come with times since the answer in the report.
struct ScriptStep {
  std::string command;
  std::vector<std::string> arguments;
  std::string text;  // As written.
};

// Errors name the step and what would be right.
absl::StatusOr<std::vector<ScriptStep>> ParseScript(absl::string_view text);

// A step that was carried out, or tried.
struct ScriptMark {
  std::string step;
  double at_s;  // Since the answer (before it: since the start of the phone, negative).
};

// Carries the steps out on `phone`; stops at the first that fails and says which and why.
// `progress` hears of each step before it begins.
absl::Status RunScript(const std::vector<ScriptStep>& steps, Phone& phone,
                       std::vector<ScriptMark>& marks,
                       const std::function<void(const ScriptStep&)>& progress);

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_SCRIPT_H_
