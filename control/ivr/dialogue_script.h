// A dialogue as a table: what the caller and the service do, and what is heard and asked for.
//   DialogueScript script(settings);
//   script.Start(number, caller);
//   EXPECT_EQ(script.Press("2"), "say enter_room");
// Each step returns the actions, one a line, without numbers and timers:
//   "say KEY(ARGUMENT) KEY", "stop", "loop KEY", "look up ROOM PIN", "hang up", ...
#ifndef NARADA_CONTROL_IVR_DIALOGUE_SCRIPT_H_
#define NARADA_CONTROL_IVR_DIALOGUE_SCRIPT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/ivr/ivr.h"

namespace narada::control::ivr {

// Holds the state between steps, and answers to what was asked last. For tests.
class DialogueScript {
 public:
  explicit DialogueScript(IvrSettings settings = TestSettings());

  // Defaults, with UTC as the time zone.
  static IvrSettings TestSettings();

  std::string Start(Caller caller = {}, Language language = Language::kPolish,
                    EntryKind entry = EntryKind::kMenu);
  // One key after the other; what all of them lead to, a line for each.
  std::string Press(absl::string_view keys);
  // The end of the last playback.
  std::string PromptEnds();
  // The timer that runs; fails (returns "no timer") if none does.
  std::string Wait();
  // What was asked for last is answered.
  std::string LookedUp(RoomLookedUp::Outcome outcome);
  std::string NameKept(NameRecorded::Outcome outcome);
  std::string Reserved(absl::string_view room, absl::string_view pin, bool sms = true);
  std::string ReservationFails(ReservationAnswered::Outcome outcome);
  std::string Extended(ExtensionAnswered::Outcome outcome);
  std::string Joined(int participants,
                     JoinAnswered::Outcome outcome = JoinAnswered::Outcome::kJoined);
  // Any other event.
  std::string Happens(const IvrEvent& event);

  const IvrState& state() const { return state_; }
  // Every action so far, with its numbers.
  const std::vector<IvrAction>& actions() const { return actions_; }
  // How long the timer that runs was set for; zero if none does.
  absl::Duration timer() const;
  void Pass(absl::Duration time) { now_ += time; }

  // When reservations of this script expire: 29 November 2026, 12:30.
  static absl::Time Expiry();

 private:
  std::shared_ptr<const IvrSettings> settings_;
  IvrState state_;
  std::vector<IvrAction> actions_;
  absl::Time now_ = absl::FromUnixSeconds(1'795'000'000);
};

// A line for each action but timers.
std::string Describe(const std::vector<IvrAction>& actions);

}  // namespace narada::control::ivr

#endif  // NARADA_CONTROL_IVR_DIALOGUE_SCRIPT_H_
