// The recorded name: asked for before the caller joins, said when they come and go.
#include <utility>

#include "control/ivr/dialogue.h"

namespace narada::control::ivr {
namespace {

// Who says nothing twice has no name to say: they join with a tone.
constexpr int kNamesAskedMax = 2;

}  // namespace

void Dialogue::EnterRoom(bool asks_name) {
  if (!asks_name) return RequestJoin();
  // What was pressed ahead was meant for the room, where nobody is heard yet.
  state_.type_ahead.clear();
  state_.names_asked = 0;
  AskName();
}

void Dialogue::AskName(Phrases first) {
  ++state_.names_asked;
  state_.stage = Stage::kSayName;
  state_.digits.clear();
  first.push_back({.key = PromptKey::kSayName});
  first.push_back({.key = PromptKey::kRecordingTone});
  Say(std::move(first));
}

void Dialogue::StartNameRecording() {
  state_.stage = Stage::kRecordingName;
  actions_.push_back(ivr::StartNameRecording{.request = ++state_.request});
  StartTimer(settings().name_max);
}

void Dialogue::FinishNameRecording() {
  actions_.push_back(ivr::FinishNameRecording{.request = NextRequest(Stage::kKeepingName)});
}

void Dialogue::OnNameKey(char key) {
  if (state_.stage == Stage::kRecordingName) return FinishNameRecording();
  // Before the tone '#' means: without a name; any other key is a finger that slipped.
  if (key == '#') return RequestJoin();
  StopSaying();
  StartNameRecording();
}

void Dialogue::On(const NameRecorded& event) {
  const bool is_awaited =
      Awaits(Stage::kKeepingName, event.request) || Awaits(Stage::kRecordingName, event.request);
  if (!is_awaited) return;
  const bool is_silent = event.outcome == NameRecorded::Outcome::kSilent;
  if (is_silent && state_.names_asked < kNamesAskedMax) {
    return AskName({{.key = PromptKey::kNameNotHeard}});
  }
  RequestJoin();
}

}  // namespace narada::control::ivr
