// What the parts of ConferenceActor say when something that nobody waits for went wrong.

#ifndef NARADA_CONTROL_CALLS_CONFERENCE_LOG_H_
#define NARADA_CONTROL_CALLS_CONFERENCE_LOG_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/log.h"

namespace narada::control::calls {

inline void LogFailure(absl::string_view what, const std::string& conference_id,
                       const absl::Status& status) {
  if (!status.ok()) LOG_WARNING("conference {}: {} failed: {}", conference_id, what, status);
}

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_CONFERENCE_LOG_H_
