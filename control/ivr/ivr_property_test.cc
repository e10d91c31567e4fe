// Whatever a caller presses and whatever the service answers, late, twice or never: the dialogue
// keeps something going that moves it on, and it ends.
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "control/ivr/dialogue_script.h"
#include "control/ivr/ivr.h"
#include "gtest/gtest.h"

namespace narada::control::ivr {
namespace {

constexpr int kCalls = 4000;
constexpr int kStepsMax = 120;
// Prompts, timers and tries until a silent caller is gone: 3 tries of 3 apologies of 2 steps each.
constexpr int kStepsToEnd = 60;

// One call with a caller, a storage and a mixer that do as the seed says.
class RandomCall {
 public:
  explicit RandomCall(uint32_t seed) : seed_(seed), random_(seed) {
    settings_.tries_max = Draw(1, 4);
    settings_.room_digits_max = Draw(4, 7);
    settings_.asks_name = Draw(0, 3) == 0;
    if (Draw(0, 3) == 0) {
      settings_.key_map = {{"1", ConferenceKey::kToggleMute},
                           {"*98", ConferenceKey::kExtend},
                           {"*92", ConferenceKey::kDialOut}};
    }
  }

  // Adds each stage that the call went through to `stages`.
  void Run(std::set<Stage>& stages) {
    stages_ = &stages;
    Caller caller;
    if (Draw(0, 1) == 1) caller.number = PhoneNumber::FromE164("+48601234567");
    const EntryKind entries[] = {EntryKind::kMenu, EntryKind::kRoomAndPin, EntryKind::kPin};
    if (Draw(0, 9) == 0) {
      Do(InvitationAnswered{.settings = std::make_shared<const IvrSettings>(settings_),
                            .caller = caller,
                            .inviter = Draw(0, 1) == 1 ? "601234567" : "",
                            .reservation_id = "r"});
    } else {
      Do(CallStarted{.settings = std::make_shared<const IvrSettings>(settings_),
                     .dialled = {.number = *PhoneNumber::FromE164("+48608608608"),
                                 .entry = entries[Draw(0, 5) > 2 ? 0 : Draw(0, 2)]},
                     .caller = caller});
    }
    const int steps = Draw(1, kStepsMax);
    for (int i = 0; i < steps && !IsEnded() && !HasFailed(); ++i) RandomStep();
    for (int i = 0; i < kStepsToEnd && !IsEnded() && !HasFailed(); ++i) SilentStep();
    if (state_.stage == Stage::kInConference) {  // Only others end a conference.
      Do(ConferenceLeft{});
      for (int i = 0; i < 2 && !IsEnded(); ++i) SilentStep();
    }
    EXPECT_TRUE(IsEnded() || HasFailed())
        << "seed " << seed_ << " hangs in stage " << static_cast<int>(state_.stage);
    EXPECT_TRUE(hung_up_) << "seed " << seed_;
  }

 private:
  int Draw(int min, int max) { return std::uniform_int_distribution<int>(min, max)(random_); }
  bool IsEnded() const { return state_.stage == Stage::kEnded; }
  static bool HasFailed() { return testing::Test::HasFailure(); }

  void Do(const IvrEvent& event) {
    now_ += absl::Milliseconds(Draw(0, 3000));
    IvrStep step = Advance(state_, event, now_);
    state_ = std::move(step.state);
    stages_->insert(state_.stage);
    int plays = 0;
    int timers = 0;
    for (const IvrAction& action : step.actions) {
      ASSERT_FALSE(hung_up_) << "seed " << seed_ << ": something follows the hang-up";
      plays += std::holds_alternative<Play>(action);
      timers += std::holds_alternative<StartTimer>(action);
      if (const auto* play = std::get_if<Play>(&action)) {
        ASSERT_FALSE(play->phrases.empty()) << "seed " << seed_;
      }
      if (const auto* ask = std::get_if<LookUpRoom>(&action)) asked_.push_back(ask->request);
      if (const auto* ask = std::get_if<Reserve>(&action)) asked_.push_back(ask->request);
      if (const auto* ask = std::get_if<Extend>(&action)) asked_.push_back(ask->request);
      if (const auto* ask = std::get_if<ExtendFromInside>(&action)) asked_.push_back(ask->request);
      if (const auto* ask = std::get_if<JoinRoom>(&action)) asked_.push_back(ask->request);
      if (const auto* ask = std::get_if<StartNameRecording>(&action)) {
        asked_.push_back(ask->request);
      }
      if (const auto* ask = std::get_if<FinishNameRecording>(&action)) {
        asked_.push_back(ask->request);
      }
      hung_up_ = hung_up_ || std::holds_alternative<HangUp>(action);
    }
    ASSERT_LE(plays, 1) << "seed " << seed_;
    ASSERT_LE(timers, 1) << "seed " << seed_;
    const bool is_alive = IsEnded() || state_.has_timer || state_.stage == Stage::kInConference;
    ASSERT_TRUE(is_alive) << "seed " << seed_ << ": nothing moves stage "
                          << static_cast<int>(state_.stage);
    ASSERT_LE(state_.digits.size(), 17u) << "seed " << seed_;
    ASSERT_LE(state_.type_ahead.size(), 32u) << "seed " << seed_;
  }

  void RandomStep() {
    constexpr absl::string_view kKeys = "0123456789*#23412";
    switch (Draw(0, 11)) {
      case 0:
      case 1:
        Do(PlaybackEnded{state_.playback - (Draw(0, 9) == 0)});
        return;
      case 2:
        Do(TimerFired{state_.timer - (Draw(0, 9) == 0)});
        return;
      case 3:
      case 4:
        Answer();
        return;
      case 5:
        Do(RosterChanged{Draw(1, 3)});
        return;
      case 6:
        if (Draw(0, 1) == 1) {
          Do(MuteChanged{Draw(0, 1) == 1});
        } else {
          Do(HoldChanged{
              .is_held = Draw(0, 1) == 1,
              .why = Draw(0, 1) == 1 ? std::optional<PromptKey>(PromptKey::kHeld) : std::nullopt});
        }
        return;
      case 7:
        if (Draw(0, 1) == 1) {
          Do(ExpiryWarned{absl::Minutes(10)});
        } else {
          Do(Announced{{{.key = PromptKey::kLocked}}});
          Do(RoleChanged{.is_moderator = Draw(0, 1) == 1});
        }
        return;
      default:
        Do(DigitPressed{kKeys[static_cast<size_t>(Draw(0, static_cast<int>(kKeys.size()) - 1))]});
        return;
    }
  }

  // Answers something that was asked, the last as a rule, in one of the ways there are.
  void Answer() {
    if (asked_.empty()) return;
    const uint32_t request =
        Draw(0, 4) > 0 ? asked_.back()
                       : asked_[static_cast<size_t>(Draw(0, static_cast<int>(asked_.size()) - 1))];
    switch (Draw(0, 4)) {
      case 0:
        Do(RoomLookedUp{.request = request,
                        .outcome = static_cast<RoomLookedUp::Outcome>(Draw(0, 3)),
                        .reservation_id = "r",
                        .asks_name = Draw(0, 2) == 0});
        return;
      case 3:
        Do(NameRecorded{.request = request,
                        .outcome = static_cast<NameRecorded::Outcome>(Draw(0, 2))});
        return;
      case 1:
        Do(ReservationAnswered{.request = request,
                               .outcome = static_cast<ReservationAnswered::Outcome>(Draw(0, 2)),
                               .reservation_id = "r",
                               .room = RoomNumber::Parse("12345"),
                               .pin = Pin::Parse("678901"),
                               .expires_at = now_,
                               .sms_accepted = Draw(0, 1) == 1});
        return;
      case 2:
        Do(ExtensionAnswered{.request = request,
                             .outcome = static_cast<ExtensionAnswered::Outcome>(Draw(0, 4)),
                             .expires_at = now_});
        return;
      default:
        Do(JoinAnswered{.request = request,
                        .outcome = static_cast<JoinAnswered::Outcome>(Draw(0, 3)),
                        .participants = Draw(1, 3),
                        .is_recorded = Draw(0, 1) == 1,
                        .is_muted = Draw(0, 1) == 1,
                        .is_waiting = Draw(0, 1) == 1,
                        .is_moderator = Draw(0, 1) == 1,
                        .is_permanent = Draw(0, 1) == 1});
        return;
    }
  }

  // The caller does nothing more and nobody answers: prompts end, or their ends get lost.
  void SilentStep() {
    if (state_.is_playing && Draw(0, 2) > 0) {
      Do(PlaybackEnded{state_.playback});
    } else if (state_.has_timer) {
      Do(TimerFired{state_.timer});
    }
  }

  const uint32_t seed_;
  std::mt19937 random_;
  IvrSettings settings_ = DialogueScript::TestSettings();
  IvrState state_;
  absl::Time now_ = absl::FromUnixSeconds(1'795'000'000);
  std::vector<uint32_t> asked_;
  bool hung_up_ = false;
  std::set<Stage>* stages_ = nullptr;
};

TEST(IvrProperty, ARandomCallNeverGetsStuckAndEnds) {
  std::set<Stage> stages;
  for (uint32_t seed = 1; seed <= kCalls && !testing::Test::HasFailure(); ++seed) {
    RandomCall(seed).Run(stages);
  }
  // Every stage but kNotStarted was met, so the calls were worth watching.
  EXPECT_EQ(stages.size(), static_cast<size_t>(Stage::kEnded));
}

TEST(IvrProperty, TheSameCallTwiceIsTheSame) {
  DialogueScript first;
  DialogueScript second;
  first.Start();
  second.Start();
  for (absl::string_view keys : {"1", "2", "12", "345", "67", "8901", "*", "#"}) {
    EXPECT_EQ(first.Press(keys), second.Press(keys));
  }
}

}  // namespace
}  // namespace narada::control::ivr
