// A dialogue as people read it: what the caller does and the words the service says.
//
//   == Reserving from a mobile phone
//   call from +48601234567
//     says: Welcome to the teleconference service. ...
//   press 3
//     does: reserve en +48601234567
//   answer reserved 12345 678901
//     says: ...
//
// A line at the margin is what happens: call [from NUMBER] [withheld] [in LANGUAGE] [by pin|by room] [names],
// press KEYS, prompt ends, wait (until the timer fires), answer WORD..., roster N, muted, unmuted, moderator,
// expires in N minutes, left WHY. An indented line is what follows from it. Lines with '#' are comments.
#ifndef NARADA_TESTS_DIALOGUE_TRANSCRIPT_H_
#define NARADA_TESTS_DIALOGUE_TRANSCRIPT_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "control/model/language.h"
#include "control/prompts/catalogue.h"

namespace narada::tests {

// Plays the lines at the margin of `text` and returns it with the indented lines that follow from
// them: the same text, if the dialogue is as written. INVALID_ARGUMENT names a line that is not
// understood.
absl::StatusOr<std::string> Replay(
    absl::string_view text,
    const std::map<control::Language, control::prompts::Catalogue>& catalogues);

}  // namespace narada::tests

#endif  // NARADA_TESTS_DIALOGUE_TRANSCRIPT_H_
