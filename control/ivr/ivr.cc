#include "control/ivr/ivr.h"

#include <utility>
#include <variant>

#include "control/ivr/dialogue.h"

namespace narada::control::ivr {

IvrStep Advance(const IvrState& state, const IvrEvent& event, absl::Time now) {
  const bool is_start = std::holds_alternative<CallStarted>(event);
  // A call starts once, and nothing follows its end; whatever else arrives late is dropped.
  if (is_start != (state.stage == Stage::kNotStarted) || state.stage == Stage::kEnded) {
    return {.state = state, .actions = {}};
  }
  Dialogue dialogue(state, now);
  std::visit([&](const auto& happened) { dialogue.On(happened); }, event);
  return std::move(dialogue).Finish();
}

}  // namespace narada::control::ivr
