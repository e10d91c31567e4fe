#include <string>

#include "absl/strings/str_cat.h"
#include "control/moderation/moderation_script.h"
#include "gtest/gtest.h"

namespace narada::control::moderation {
namespace {

// ---- Recording ----------------------------------------------------------------------------------

TEST(Recording, GoesThroughItsStatesAndIsToldToAll) {
  using What = ControlRecording::What;
  Conference conference = Meeting();
  const auto step = [&](What what, absl::Duration later) {
    const std::string asked = Outcome(conference, kUser, ControlRecording{what});
    conference = After(conference, kUser, ControlRecording{what});
    EXPECT_EQ(Outcome(conference, kUser, ControlRecording{what}), "RECORDING_STATE")
        << "while the mixer is asked";
    const Step done = RecordingSwitched(conference, {what, "new"}, kNow + later);
    conference = done.conference;
    return absl::StrCat(asked, " / ", TextOf(done.actions));
  };
  EXPECT_EQ(step(What::kStart, absl::Seconds(0)),
            "start new / tell anna,ben,cel recording_started");
  EXPECT_EQ(step(What::kPause, absl::Seconds(10)),
            "pause new / tell anna,ben,cel recording_paused");
  EXPECT_EQ(step(What::kResume, absl::Seconds(60)),
            "go on with new / tell anna,ben,cel recording_resumed");
  EXPECT_EQ(conference.recording.Recorded(kNow + absl::Seconds(65)), absl::Seconds(15));
  EXPECT_EQ(step(What::kStop, absl::Seconds(70)), "stop new / tell anna,ben,cel recording_stopped");
  EXPECT_EQ(conference.recording, RecordingState());
}

TEST(Recording, IsBarredWhereTheTenantMayNot) {
  ConferenceTerms terms = AcmeTerms();
  terms.is_recording_allowed = false;
  EXPECT_EQ(Outcome(Meeting(terms), kUser, ControlRecording{ControlRecording::What::kStart}),
            "RECORDING_BARRED");
}

TEST(Recording, WhoJoinsWhileItRunsIsNotHeardBeforeTheNotice) {
  Conference conference = Meeting();
  conference.recording = {.status = RecordingStatus::kRunning, .id = "rec"};
  const Participant dora = Prepare(conference, {.call_id = "dora"}, kNow);
  EXPECT_TRUE(LegSettingsOf(dora).is_muted);
  conference = Join(conference, dora).conference;
  conference = NoticeHeard(conference, "dora").conference;
  EXPECT_FALSE(LegSettingsOf(*conference.Find("dora")).is_muted);
}

TEST(Recording, IsToldToNobodyWhereTheOperatorSaidSo) {
  ConferenceTerms terms = AcmeTerms();
  terms.is_recording_announced = false;
  const Conference conference = Meeting(terms);
  EXPECT_EQ(
      TextOf(RecordingSwitched(conference, {ControlRecording::What::kStart, "rec"}, kNow).actions),
      "");
  Conference running = conference;
  running.recording = {.status = RecordingStatus::kRunning, .id = "rec"};
  EXPECT_FALSE(LegSettingsOf(Prepare(running, {.call_id = "dora"}, kNow)).is_muted);
}

// ---- Coming and going ---------------------------------------------------------------------------

ConferenceTerms Waiting() {
  ConferenceTerms terms = AcmeTerms();
  terms.wait_for_moderator = true;
  terms.end_without_moderator = true;
  return terms;
}

TEST(ComingAndGoing, AllWaitUntilTheModeratorComes) {
  Conference conference = Begin("conf-1", Waiting(), 500, "mixer:1", kNow);
  conference = Join(conference, Prepare(conference, {.call_id = "ben"}, kNow)).conference;
  EXPECT_EQ(conference.Find("ben")->state, ParticipantState::kWaiting);
  EXPECT_TRUE(LegSettingsOf(*conference.Find("ben")).is_held);
  EXPECT_EQ(conference.JoinedCount(), 0);
  const Step step =
      Join(conference, Prepare(conference, {.call_id = "anna", .role = Role::kModerator}, kNow));
  EXPECT_EQ(TextOf(step.actions), "resume ben");
  EXPECT_EQ(step.conference.JoinedCount(), 2);
  EXPECT_FALSE(LegSettingsOf(*step.conference.Find("ben")).is_held);
}

TEST(ComingAndGoing, WhoIsMadeModeratorEndsTheWaiting) {
  Conference conference = Begin("conf-1", Waiting(), 500, "mixer:1", kNow);
  conference = Join(conference, Prepare(conference, {.call_id = "ben"}, kNow)).conference;
  EXPECT_EQ(After(conference, kUser, UpdateParticipant{.call_id = "ben", .role = Role::kModerator})
                .JoinedCount(),
            1);
}

TEST(ComingAndGoing, LastModeratorsLeavingStartsTheGraceAndItsEndEndsTheConference) {
  Conference conference = Meeting(Waiting());
  const Step left = Leave(conference, "anna");
  EXPECT_EQ(TextOf(left.actions), "exit_tone; grace");
  EXPECT_EQ(TextOf(LackOfModerator(left.conference).actions), "end ben; end cel");
  const Conference back =
      Join(left.conference,
           Prepare(left.conference, {.call_id = "eve", .role = Role::kModerator}, kNow))
          .conference;
  EXPECT_EQ(TextOf(LackOfModerator(back).actions), "") << "a moderator is back";
  EXPECT_EQ(TextOf(Leave(conference, "ben").actions), "exit_tone");
}

TEST(ComingAndGoing, TonesAreForThoseWhoAreIn) {
  const Conference empty = Begin("conf-1", AcmeTerms(), 500, "mixer:1", kNow);
  EXPECT_EQ(TextOf(Join(empty, {.call_id = "ben"}).actions), "");
  EXPECT_EQ(TextOf(Join(Meeting(), {.call_id = "dora"}).actions), "entry_tone");
}

}  // namespace
}  // namespace narada::control::moderation
