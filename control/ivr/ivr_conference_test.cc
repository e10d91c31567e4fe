// The dialogue inside a conference: keys, announcements, music while alone, the end.
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/time/time.h"
#include "control/ivr/dialogue_script.h"
#include "control/ivr/ivr.h"
#include "gtest/gtest.h"

namespace narada::control::ivr {
namespace {

using Looked = RoomLookedUp::Outcome;
using Extension = ExtensionAnswered::Outcome;
using Join = JoinAnswered::Outcome;

Caller Mobile() { return {.number = PhoneNumber::FromE164("+48601234567")}; }

// A caller who joined `participants` - 1 others.
DialogueScript Inside(int participants) {
  DialogueScript script;
  script.Start(Mobile());
  script.Press("212345678901");
  script.LookedUp(Looked::kAccepted);
  script.Joined(participants);
  if (participants == 1) script.PromptEnds();
  return script;
}

TEST(InConference, WhoJoinsOthersHearsThemAtOnce) {
  DialogueScript script;
  script.Start();
  script.Press("212345678901");
  script.LookedUp(Looked::kAccepted);
  EXPECT_EQ(script.Joined(2), "");
  EXPECT_EQ(script.timer(), absl::ZeroDuration());
}

TEST(InConference, MusicPlaysWhileAloneAndOnlyThen) {
  DialogueScript script = Inside(1);
  EXPECT_TRUE(script.state().hears_music);
  EXPECT_EQ(script.Happens(RosterChanged{2}), "stop");
  EXPECT_EQ(script.Happens(RosterChanged{3}), "");
  EXPECT_EQ(script.Happens(RosterChanged{1}), "loop music_on_hold");
  EXPECT_EQ(script.Happens(RosterChanged{1}), "");
}

TEST(InConference, NoMusicWhenSomebodyCameDuringTheFirstWords) {
  DialogueScript script;
  script.Start();
  script.Press("212345678901");
  script.LookedUp(Looked::kAccepted);
  script.Joined(1);
  EXPECT_EQ(script.Happens(RosterChanged{2}), "");
  EXPECT_EQ(script.PromptEnds(), "");
}

TEST(InConference, StarSixMutesAndUnmutes) {
  DialogueScript script = Inside(2);
  EXPECT_EQ(script.Press("*6"), "mute");
  EXPECT_EQ(script.Happens(MuteChanged{true}), "say muted");
  EXPECT_EQ(script.Press("*6"), "unmute");
  EXPECT_EQ(script.Happens(MuteChanged{false}), "say unmuted");
}

TEST(InConference, AMuteByTheModeratorIsTold) {
  DialogueScript script = Inside(2);
  EXPECT_EQ(script.Happens(MuteChanged{true}), "say muted");
  EXPECT_EQ(script.Happens(MuteChanged{true}), "");
}

TEST(InConference, AKeyThatAModeratorsMuteOverrulesIsAnswered) {
  DialogueScript script = Inside(2);
  script.Happens(MuteChanged{true});
  EXPECT_EQ(script.Press("*6"), "unmute");
  EXPECT_EQ(script.Happens(MuteChanged{true}), "say muted");
}

TEST(InConference, StarZeroReadsTheKeyMap) {
  DialogueScript script = Inside(2);
  EXPECT_EQ(script.Press("*0"),
            "say help_mute(*6) help_count(*3) help_extend(*4) help_raise_hand(*5) help_help(*0)");
}

TEST(InConference, AModeratorsHelpTellsOfTheModeratorsKeys) {
  DialogueScript script = Inside(2);
  script.Happens(RoleChanged{.is_moderator = true});
  EXPECT_EQ(script.Press("*0"),
            "say help_mute(*6) help_count(*3) help_extend(*4) help_raise_hand(*5) "
            "help_mute_all(*8) help_lock(*7) help_lecture(*1) help_record(*2) help_roll_call(*91) "
            "help_dial_out(*92) help_end_conference(*99) help_help(*0)");
}

TEST(InConference, WhetherAModeratorsKeyIsObeyedIsTheConferencesToSay) {
  for (const char* keys : {"*1", "*2", "*7", "*8", "*91", "*99"}) {
    EXPECT_EQ(Inside(2).Press(keys), "command") << keys;
  }
}

TEST(InConference, OnlyAModeratorIsAskedWhomToCall) {
  DialogueScript script = Inside(2);
  EXPECT_EQ(script.Press("*92"), "say moderators_only");
  script.Happens(RoleChanged{.is_moderator = true});
  EXPECT_EQ(script.Press("*92"), "say enter_call_out");
}

TEST(InConference, EverybodyMayRaiseAHand) { EXPECT_EQ(Inside(2).Press("*5"), "command"); }

TEST(InConference, ARoomThatNeverExpiresIsNotExtended) {
  DialogueScript script;
  script.Start(Mobile());
  script.Press("212345678901");
  script.LookedUp(Looked::kAccepted);
  script.Happens(JoinAnswered{.request = script.state().request,
                              .outcome = Join::kJoined,
                              .participants = 2,
                              .is_moderator = true,
                              .is_permanent = true});
  EXPECT_EQ(script.Press("*4"), "say unknown_key");
  EXPECT_EQ(script.Press("*0"),
            "say help_mute(*6) help_count(*3) help_raise_hand(*5) help_mute_all(*8) help_lock(*7) "
            "help_lecture(*1) help_record(*2) help_roll_call(*91) help_dial_out(*92) "
            "help_end_conference(*99) "
            "help_help(*0)");
}

TEST(InConference, TheKeyMapIsConfiguration) {
  IvrSettings settings = DialogueScript::TestSettings();
  settings.key_map = {{"1", ConferenceKey::kToggleMute},
                      {"##", ConferenceKey::kHelp},
                      {"*98", ConferenceKey::kExtend},
                      {"5", ConferenceKey::kToggleLock}};
  DialogueScript script(settings);
  script.Start();
  script.Press("212345678901");
  script.LookedUp(Looked::kAccepted);
  script.Joined(2);
  EXPECT_EQ(script.Press("1"), "mute");
  EXPECT_EQ(script.Press("##"), "say help_mute(1) help_extend(*98) help_help(##)");
  EXPECT_EQ(script.Press("*98"), "extend from inside");
  EXPECT_EQ(script.Press("5"), "command");
  EXPECT_EQ(script.Press("*6"), "say unknown_key");
}

TEST(InConference, TheCountIsSpokenOnDemand) {
  DialogueScript script = Inside(2);
  script.Happens(RosterChanged{22});
  EXPECT_EQ(script.Press("*3"), "say participants(22)");
}

TEST(InConference, AnotherWeekByKeyAndOnlyOneForTwoImpatientPresses) {
  DialogueScript script = Inside(2);
  EXPECT_EQ(script.Press("*4"), "extend from inside");
  EXPECT_EQ(script.Press("*4"), "");
  EXPECT_EQ(script.Extended(Extension::kExtended), "say extended(2026-11-29T12:30)");
  EXPECT_EQ(script.Press("*4"), "extend from inside");
  EXPECT_EQ(script.Extended(Extension::kTooFarAhead), "say extension_too_far(2026-11-29T12:30)");
}

TEST(InConference, AnExtensionWithoutAnswerCanBeTriedAgain) {
  DialogueScript script = Inside(2);
  script.Press("*4");
  script.Pass(absl::Seconds(11));
  EXPECT_EQ(script.Press("*4"), "extend from inside");
  EXPECT_EQ(script.Extended(Extension::kUnavailable), "say service_unavailable");
  script.Press("*4");
  EXPECT_EQ(script.Extended(Extension::kRefused), "say extension_refused");
}

TEST(InConference, TheExpiryIsAnnouncedWithTheKeyThatMovesIt) {
  DialogueScript script = Inside(2);
  EXPECT_EQ(script.Happens(ExpiryWarned{absl::Minutes(10)}),
            "say expires_soon(10m) help_extend(*4)");
}

TEST(InConference, ALoneDigitIsIgnoredAnUnknownSequenceIsNot) {
  DialogueScript script = Inside(2);
  EXPECT_EQ(script.Press("1234567890#"), "");
  EXPECT_EQ(script.Press("*#"), "say unknown_key");
}

TEST(InConference, ASequenceMustBeKeyedInTime) {
  DialogueScript script = Inside(2);
  EXPECT_EQ(script.Press("*"), "");
  EXPECT_EQ(script.timer(), absl::Seconds(4));
  EXPECT_EQ(script.Wait(), "");
  EXPECT_EQ(script.Press("6"), "");
}

TEST(InConference, AnnouncementsWaitForEachOtherAndMusicReturns) {
  DialogueScript script = Inside(1);
  EXPECT_EQ(script.Happens(Announced{{{.key = PromptKey::kRecordingStarted}}}),
            "say recording_started");
  EXPECT_EQ(script.Happens(Announced{{{.key = PromptKey::kLocked}}}), "");
  EXPECT_EQ(script.PromptEnds(), "say locked");
  EXPECT_EQ(script.PromptEnds(), "loop music_on_hold");
}

TEST(InConference, AKeyInMidSequenceSurvivesAnAnnouncement) {
  DialogueScript script = Inside(2);
  script.Press("*");
  script.Happens(Announced{{{.key = PromptKey::kLocked}}});
  EXPECT_EQ(script.timer(), absl::Seconds(4));
  EXPECT_EQ(script.Press("6"), "mute");
}

TEST(InConference, ATimerOfKeysDoesNotCutAnAnnouncement) {
  DialogueScript script = Inside(1);
  script.Press("*");
  script.Happens(Announced{{{.key = PromptKey::kLocked}}});
  EXPECT_EQ(script.Wait(), "");  // The sequence is forgotten, the words go on.
  EXPECT_TRUE(script.state().is_playing);
  EXPECT_EQ(script.PromptEnds(), "loop music_on_hold");
}

TEST(InConference, WhoJoinsARecordedConferenceIsToldBeforeAnything) {
  DialogueScript script;
  script.Start();
  script.Press("212345678901");
  script.LookedUp(Looked::kAccepted);
  EXPECT_EQ(script.Happens(JoinAnswered{.request = script.state().request,
                                        .outcome = Join::kJoined,
                                        .participants = 1,
                                        .is_recorded = true}),
            "say recording_runs first_in_conference");
}

TEST(InConference, ItsEndIsSaidWithItsReason) {
  using Why = ConferenceLeft::Why;
  for (const auto& [why, said] :
       {std::pair(Why::kEnded, "say conference_ended goodbye"),
        std::pair(Why::kRemoved, "say removed goodbye"),
        std::pair(Why::kCallLimit, "say call_limit_reached goodbye"),
        std::pair(Why::kUnavailable, "say service_unavailable goodbye")}) {
    DialogueScript script = Inside(2);
    EXPECT_EQ(script.Happens(ConferenceLeft{why}), said);
    EXPECT_EQ(script.Happens(ConferenceLeft{why}), "");  // Once is enough.
    EXPECT_EQ(script.Press("*6"), "");
    EXPECT_EQ(script.Wait(), "hang up");  // Even if the end of the words is never told.
  }
}

TEST(InConference, KeysPressedAheadOfTheRoomAreNotKeysInIt) {
  DialogueScript script;
  script.Start();
  script.Press("212345678901*");
  EXPECT_EQ(script.LookedUp(Looked::kAccepted), "join r1");
  script.Press("6");
  EXPECT_EQ(script.Joined(2), "");
}

TEST(InConference, IsTakenUpAfterARestartWithoutASound) {
  DialogueScript script;
  const auto settings = std::make_shared<const IvrSettings>(DialogueScript::TestSettings());
  IvrState state =
      ResumeInConference(settings, Mobile(), Language::kEnglish, "r1",
                         {.outcome = JoinAnswered::Outcome::kJoined, .is_muted = true});
  const absl::Time now = absl::FromUnixSeconds(1'795'000'000);
  IvrStep step = Advance(state, RosterChanged{2}, now);
  EXPECT_EQ(Describe(step.actions), "stop");  // The music that the mixer still loops.
  step = Advance(step.state, DigitPressed{'*'}, now);
  step = Advance(step.state, DigitPressed{'6'}, now);
  EXPECT_EQ(Describe(step.actions), "unmute");
}

}  // namespace
}  // namespace narada::control::ivr
