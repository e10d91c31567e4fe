#include "control/ivr/ivr.h"

#include <string>
#include <utility>
#include <variant>

#include "control/ivr/dialogue.h"

namespace narada::control::ivr {

IvrStep Advance(const IvrState& state, const IvrEvent& event, absl::Time now) {
  const bool is_start = std::holds_alternative<CallStarted>(event) ||
                        std::holds_alternative<InvitationAnswered>(event);
  // A call starts once, and nothing follows its end; whatever else arrives late is dropped.
  if (is_start != (state.stage == Stage::kNotStarted) || state.stage == Stage::kEnded) {
    return {.state = state, .actions = {}};
  }
  Dialogue dialogue(state, now);
  std::visit([&](const auto& happened) { dialogue.On(happened); }, event);
  return std::move(dialogue).Finish();
}

IvrState ResumeInConference(std::shared_ptr<const IvrSettings> settings, const Caller& caller,
                            Language language, std::string reservation_id,
                            const JoinAnswered& joined) {
  constexpr uint32_t kFirstNumber = 1'000'000;
  IvrState state;
  state.stage = Stage::kInConference;
  state.language = language;
  state.is_muted = joined.is_muted;
  state.is_held = joined.is_waiting;
  state.settings = std::move(settings);
  state.caller = caller;
  state.reservation_id = std::move(reservation_id);
  state.participants = joined.participants;
  state.is_moderator = joined.is_moderator;
  state.is_permanent = joined.is_permanent;
  state.hears_music = joined.participants <= 1 || joined.is_waiting;
  state.playback = kFirstNumber;
  state.timer = kFirstNumber;
  state.request = kFirstNumber;
  return state;
}

IvrState ResumeAtTheDoor(std::shared_ptr<const IvrSettings> settings, const Caller& caller,
                         Language language, std::string reservation_id) {
  IvrState state = ResumeInConference(std::move(settings), caller, language,
                                      std::move(reservation_id), JoinAnswered{});
  state.stage = Stage::kJoining;
  state.hears_music = false;
  return state;
}

}  // namespace narada::control::ivr
