#include <cmath>
#include <string>
#include <vector>

#include "base/status.h"
#include "control/moderation/moderation_script.h"
#include "gtest/gtest.h"

namespace narada::control::moderation {
namespace {

// ---- Rights -------------------------------------------------------------------------------------

std::vector<Command> ModeratorsCommands() {
  return {UpdateParticipant{.call_id = "ben", .is_muted = true},
          UpdateParticipant{.call_id = "ben", .is_hand_raised = true},
          MuteAll{true},
          Disconnect{"ben"},
          UpdateConference{.is_locked = true},
          UpdateConference{.is_lecture = true},
          Toggle{Toggle::What::kLock},
          Toggle{Toggle::What::kLecture},
          Toggle{Toggle::What::kMuteAll},
          Toggle{Toggle::What::kRecording},
          CallOut{.request_id = "r", .number = *PhoneNumber::FromE164("+48601000009")},
          CancelCallOut{"ben"},
          ControlRecording{ControlRecording::What::kStart},
          PlayAnnouncement{.announcement = "break"},
          SendInvitations{.request_id = "r", .numbers = {*PhoneNumber::FromE164("+48601000009")}},
          RollCall{},
          EndConference{}};
}

TEST(Rights, ParticipantCanDoNothingThatIsAModerators) {
  for (const Command& command : ModeratorsCommands()) {
    EXPECT_EQ(Outcome(Meeting(), Phone("cel"), command), "NOT_MODERATOR") << CommandName(command);
  }
}

TEST(Rights, PresenterIsNoModerator) {
  Conference conference = Meeting();
  conference.Find("cel")->role = Role::kPresenter;
  for (const Command& command : ModeratorsCommands()) {
    EXPECT_EQ(Outcome(conference, Phone("cel"), command), "NOT_MODERATOR") << CommandName(command);
  }
}

TEST(Rights, ModeratorOnThePhoneMayDoAll) {
  for (const Command& command : ModeratorsCommands()) {
    EXPECT_NE(Outcome(Meeting(), Phone("anna"), command), "NOT_MODERATOR") << CommandName(command);
  }
}

TEST(Rights, RoleOnThePhoneIsTheRostersAndNotWhatTheActorSays) {
  Actor actor = Phone("cel");
  actor.capacity = Capacity::kOperator;
  EXPECT_EQ(Outcome(Meeting(), actor, MuteAll{true}), "NOT_MODERATOR");
}

TEST(Rights, WhoHasLeftSteersNoMore) {
  EXPECT_EQ(Outcome(Meeting(), Phone("gone"), EndConference{}), "NOT_MODERATOR");
}

TEST(Rights, ModeratorOfAnotherTenantIsRefused) {
  Actor other = kUser;
  other.tenant_id = "globex";
  for (const Command& command : ModeratorsCommands()) {
    EXPECT_EQ(Outcome(Meeting(), other, command), "NOT_MODERATOR") << CommandName(command);
  }
  EXPECT_FALSE(MaySee(other, Meeting()));
  EXPECT_TRUE(MaySee(kUser, Meeting()));
}

TEST(Rights, WithoutATenantAModeratorIsNobodysModerator) {
  ConferenceTerms on_demand = AcmeTerms();
  on_demand.tenant_id = "";
  Actor nobody = kUser;
  nobody.tenant_id = "";
  EXPECT_EQ(Outcome(Meeting(on_demand), nobody, MuteAll{true}), "NOT_MODERATOR");
  EXPECT_NE(Outcome(Meeting(on_demand), kOperator, MuteAll{true}), "NOT_MODERATOR");
}

TEST(Rights, WhoCameByOneConferencesPinSteersThatOneAlone) {
  Actor by_pin = kUser;
  by_pin.conference_id = "conf-1";
  EXPECT_NE(Outcome(Meeting(), by_pin, MuteAll{true}), "NOT_MODERATOR");
  by_pin.conference_id = "conf-2";
  EXPECT_EQ(Outcome(Meeting(), by_pin, MuteAll{true}), "NOT_MODERATOR");
}

// ---- Participants -------------------------------------------------------------------------------

TEST(Participants, MuteIsToldAndIsSetOnTheLeg) {
  const Conference after =
      After(Meeting(), kUser, UpdateParticipant{.call_id = "ben", .is_muted = true});
  EXPECT_TRUE(LegSettingsOf(*after.Find("ben")).is_muted);
  EXPECT_FALSE(LegSettingsOf(*after.Find("cel")).is_muted);
  EXPECT_EQ(Outcome(Meeting(), kUser, UpdateParticipant{.call_id = "ben", .is_muted = true}),
            "mute ben");
}

TEST(Participants, OwnKeyDoesNotLiftAModeratorsMute) {
  const Conference muted =
      After(Meeting(), kUser, UpdateParticipant{.call_id = "ben", .is_muted = true});
  EXPECT_EQ(Outcome(muted, Phone("ben"), MuteSelf{false}), "mute ben");
  EXPECT_TRUE(LegSettingsOf(*After(muted, Phone("ben"), MuteSelf{false}).Find("ben")).is_muted);
}

TEST(Participants, AllOfALegsSettingsFollow) {
  Conference conference =
      After(Meeting(), kUser, UpdateConference{.groups = {{{"side", {"side"}}}}});
  conference = After(conference, kUser,
                     UpdateParticipant{.call_id = "ben",
                                       .is_deaf = true,
                                       .is_held = true,
                                       .gain_db = -6.5,
                                       .role = Role::kPresenter,
                                       .group_id = "side"});
  EXPECT_EQ(LegSettingsOf(*conference.Find("ben")), (LegSettings{.is_deaf = true,
                                                                 .is_held = true,
                                                                 .is_presenter = true,
                                                                 .gain_db = -6.5,
                                                                 .group_id = "side"}));
}

TEST(Participants, GainBeyondItsLimitsIsRefusedAndNothingIsChanged) {
  for (const double gain : {-40.1, 20.1, 1e300, std::nan("")}) {
    EXPECT_EQ(Outcome(Meeting(), kUser,
                      UpdateParticipant{.call_id = "ben", .is_muted = true, .gain_db = gain}),
              "FIELD_INVALID");
  }
  EXPECT_NE(Outcome(Meeting(), kUser, UpdateParticipant{.call_id = "ben", .gain_db = -40}),
            "FIELD_INVALID");
}

TEST(Participants, NobodyIsToldAsSuch) {
  EXPECT_EQ(Outcome(Meeting(), kUser, UpdateParticipant{.call_id = "dora", .is_muted = true}),
            "PARTICIPANT_UNKNOWN");
  EXPECT_EQ(Outcome(Meeting(), kUser, Disconnect{"dora"}), "PARTICIPANT_UNKNOWN");
}

TEST(Participants, MuteAllSparesModeratorsAndHoldsForWhoComesLater) {
  EXPECT_EQ(Outcome(Meeting(), Phone("anna"), MuteAll{true}),
            "mute ben; mute cel; tell anna all_muted");
  const Conference muted = After(Meeting(), kUser, MuteAll{true});
  EXPECT_TRUE(Prepare(muted, {.call_id = "dora"}, kNow).is_muted);
  EXPECT_FALSE(Prepare(muted, {.call_id = "eve", .role = Role::kModerator}, kNow).is_muted);
  const Conference unmuted = After(muted, kUser, MuteAll{false});
  EXPECT_FALSE(unmuted.Find("ben")->is_muted);
}

// ---- Hands --------------------------------------------------------------------------------------

TEST(Hands, AreAQueueAndModeratorsAreTold) {
  Conference conference = Meeting();
  EXPECT_EQ(Outcome(conference, Phone("cel"), Toggle{Toggle::What::kHand}),
            "tell cel hand_raised; tell anna someone_raised_hand");
  conference = Apply(conference, Phone("cel"), Toggle{Toggle::What::kHand}, "", kNow)->conference;
  conference =
      Apply(conference, Phone("ben"), Toggle{Toggle::What::kHand}, "", kNow + absl::Seconds(3))
          ->conference;
  EXPECT_EQ(HandsOf(conference), (std::vector<std::string>{"cel", "ben"}));
  conference =
      After(conference, kUser, UpdateParticipant{.call_id = "cel", .is_hand_raised = false});
  EXPECT_EQ(HandsOf(conference), (std::vector<std::string>{"ben"}));
}

TEST(Hands, NobodyRaisesAnothers) {
  EXPECT_EQ(
      Outcome(Meeting(), Phone("cel"), UpdateParticipant{.call_id = "ben", .is_hand_raised = true}),
      "NOT_MODERATOR");
}

TEST(Hands, WhoBecomesPresenterInALectureHasTheHandDown) {
  Conference conference = After(Meeting(), kUser, UpdateConference{.is_lecture = true});
  conference = After(conference, Phone("cel"), Toggle{Toggle::What::kHand});
  const UpdateParticipant presenter{.call_id = "cel", .role = Role::kPresenter};
  EXPECT_EQ(Outcome(conference, kUser, presenter), "tell cel hand_lowered; tell cel presenter");
  EXPECT_TRUE(HandsOf(After(conference, kUser, presenter)).empty());
}

// ---- The conference -----------------------------------------------------------------------------

TEST(TheConference, LockIsToldOnceAndKeepsNewcomersOut) {
  EXPECT_EQ(Outcome(Meeting(), kUser, UpdateConference{.is_locked = true}),
            "tell anna,ben,cel locked");
  const Conference locked = After(Meeting(), kUser, UpdateConference{.is_locked = true});
  EXPECT_EQ(Outcome(locked, kUser, UpdateConference{.is_locked = true}), "");
  EXPECT_EQ(MayJoin(locked, "dora", 0), Refusal::kLocked);
  EXPECT_EQ(Outcome(locked, Phone("anna"), Toggle{Toggle::What::kLock}),
            "tell anna,ben,cel unlocked");
}

TEST(TheConference, IsFullWithThoseInThoseComingAndThoseCalled) {
  Conference conference = After(Meeting(), kUser, UpdateConference{.participants_max = 5});
  EXPECT_EQ(MayJoin(conference, "dora", 1), std::nullopt);
  conference = After(conference, kUser,
                     CallOut{.request_id = "r", .number = *PhoneNumber::FromE164("+48601000009")});
  EXPECT_EQ(MayJoin(conference, "dora", 1), Refusal::kFull);
  EXPECT_EQ(MayJoin(conference, "new", 1), std::nullopt) << "who is called has a place";
}

TEST(TheConference, MaximumStaysWithinTheTenants) {
  ConferenceTerms terms = AcmeTerms();
  terms.participants_max = 20;
  EXPECT_EQ(Meeting(terms).participants_max, 20);
  EXPECT_EQ(Outcome(Meeting(terms), kUser, UpdateConference{.participants_max = 21}),
            "FIELD_INVALID");
  EXPECT_EQ(Outcome(Meeting(terms), kUser, UpdateConference{.participants_max = 0}),
            "FIELD_INVALID");
}

TEST(TheConference, LectureGoesToTheRoomAndModeratorsAreHeard) {
  const Conference lecture = After(Meeting(), kUser, UpdateConference{.is_lecture = true});
  EXPECT_TRUE(RoomSettingsOf(lecture).is_lecture);
  EXPECT_TRUE(LegSettingsOf(*lecture.Find("anna")).is_presenter);
  EXPECT_FALSE(LegSettingsOf(*lecture.Find("ben")).is_presenter);
}

TEST(TheConference, GroupsThatMakeNoSenseAreRefused) {
  const std::vector<std::vector<Group>> wrong = {{{"Side", {}}},
                                                 {{"a", {"b"}}},
                                                 {{"a", {}}, {"a", {}}},
                                                 {{"../x", {}}},
                                                 std::vector<Group>(32, {"a", {}})};
  for (const std::vector<Group>& groups : wrong) {
    EXPECT_EQ(Outcome(Meeting(), kUser, UpdateConference{.groups = groups}), "FIELD_INVALID");
  }
}

TEST(TheConference, WhoseGroupIsTakenAwayIsInTheWholeRoomAgain) {
  Conference conference =
      After(Meeting(), kUser, UpdateConference{.groups = {{{"side", {"side", ""}}}}});
  conference = After(conference, kUser, UpdateParticipant{.call_id = "ben", .group_id = "side"});
  EXPECT_EQ(conference.Find("ben")->group_id, "side");
  conference = After(conference, kUser, UpdateConference{.groups = std::vector<Group>{}});
  EXPECT_EQ(conference.Find("ben")->group_id, "");
  EXPECT_EQ(Outcome(conference, kUser, UpdateParticipant{.call_id = "ben", .group_id = "side"}),
            "FIELD_INVALID");
}

TEST(TheConference, EndSaysGoodbyeToAllAndCancelsWhoIsBeingCalled) {
  const Conference conference =
      After(Meeting(), kUser,
            CallOut{.request_id = "r", .number = *PhoneNumber::FromE164("+48601000009")});
  EXPECT_EQ(Outcome(conference, kUser, EndConference{}), "end anna; end ben; end cel; cancel new");
}

TEST(TheConference, RollCallNamesEverybodyToWhoAsked) {
  EXPECT_EQ(Outcome(Meeting(), Phone("anna"), RollCall{}),
            "tell anna participants roll_call_number(48601000001) roll_call_number(48601000002) "
            "roll_call_withheld");
}

TEST(TheConference, RollCallIsToldToWhomTheConsoleChooses) {
  EXPECT_EQ(Outcome(Meeting(), kUser, RollCall{.call_id = "ben"}),
            "tell ben participants roll_call_number(48601000001) roll_call_number(48601000002) "
            "roll_call_withheld");
  EXPECT_EQ(Outcome(Meeting(), kUser, RollCall{.call_id = "nobody"}), "PARTICIPANT_UNKNOWN");
  EXPECT_EQ(Outcome(Meeting(), kUser, RollCall{}), "PARTICIPANT_UNKNOWN");
}

TEST(TheConference, RollCallOfManyNamesTheFirstAndIsNoLongerThanTheMixerPlays) {
  Conference conference = Meeting();
  for (int i = 0; i < 400; ++i) conference.participants.push_back({.call_id = absl::StrCat(i)});
  const auto step = Apply(conference, Phone("anna"), RollCall{}, "new", kNow);
  ASSERT_TRUE(step.ok()) << step.status();
  const auto& told = std::get<Announce>(step->actions.front());
  EXPECT_EQ(told.phrases.size(), 13u);
  EXPECT_EQ(std::get<ParticipantCount>(told.phrases[0].arguments[0]).count, 403);
}

TEST(TheConference, AnnouncementIsOneOfTheCatalogue) {
  EXPECT_EQ(Outcome(Meeting(), kUser, PlayAnnouncement{.announcement = "break"}),
            "tell anna,ben,cel announce_break");
  EXPECT_EQ(Outcome(Meeting(), kUser, PlayAnnouncement{.announcement = "break", .call_id = "ben"}),
            "tell ben announce_break");
  for (const char* unknown : {"", "greeting", "../break", "nonsense"}) {
    EXPECT_EQ(Outcome(Meeting(), kUser, PlayAnnouncement{.announcement = unknown}),
              "ANNOUNCEMENT_UNKNOWN");
  }
  EXPECT_GE(AnnouncementNames().size(), 3u);
}

TEST(TheConference, AnnouncementIsTheTenantsOwnWhereTheConferenceHasIt) {
  ConferenceTerms terms = AcmeTerms();
  terms.prompt_set = "voice";
  terms.own_announcements = {"welcome"};
  const auto step =
      Apply(Meeting(terms), kUser, PlayAnnouncement{.announcement = "welcome"}, "new", kNow);
  ASSERT_TRUE(step.ok()) << step.status();
  const auto& told = std::get<Announce>(step->actions.front());
  EXPECT_EQ(told.call_ids, (std::vector<std::string>{"anna", "ben", "cel"}));
  EXPECT_EQ(told.phrases[0].own, (OwnWords{"voice", "welcome"}));
  EXPECT_EQ(Outcome(Meeting(), kUser, PlayAnnouncement{.announcement = "welcome"}),
            "ANNOUNCEMENT_UNKNOWN");
}

// ---- Calling out: V21, no call to where nobody allowed it ---------------------------------------

TEST(CallingOut, ReachesAllowedBeginningsAlone) {
  const auto call = [](const char* number) {
    return CallOut{.request_id = "r", .number = *PhoneNumber::FromE164(number)};
  };
  EXPECT_EQ(Outcome(Meeting(), kUser, call("+48601000009")), "dial new");
  EXPECT_EQ(Outcome(Meeting(), Phone("anna"), call("+4930123456")),
            "dial new; tell anna call_out_started");
  EXPECT_EQ(Outcome(Meeting(), kUser, call("+88213000000")), "DESTINATION_BARRED");
  ConferenceTerms none = AcmeTerms();
  none.call_out_prefixes.clear();
  EXPECT_EQ(Outcome(Meeting(none), kOperator, call("+48601000009")), "DESTINATION_BARRED");
}

TEST(CallingOut, ShowsTheCalledAsDiallingWithNameAndRole) {
  const Conference after = After(Meeting(), kUser,
                                 CallOut{.request_id = "r",
                                         .number = *PhoneNumber::FromE164("+48601000009"),
                                         .name = "Dora",
                                         .role = Role::kPresenter});
  const Participant& called = *after.Find("new");
  EXPECT_EQ(called.state, ParticipantState::kDialling);
  EXPECT_EQ(called.name, "Dora");
  EXPECT_EQ(called.role, Role::kPresenter);
  EXPECT_EQ(after.JoinedCount(), 3);
}

TEST(CallingOut, FullConferenceCallsNobody) {
  const Conference full = After(Meeting(), kUser, UpdateConference{.participants_max = 3});
  EXPECT_EQ(Outcome(full, kUser,
                    CallOut{.request_id = "r", .number = *PhoneNumber::FromE164("+48601000009")}),
            "CONFERENCE_FULL");
}

TEST(CallingOut, WhoIsInIsNotCancelled) {
  EXPECT_EQ(Outcome(Meeting(), kUser, CancelCallOut{"ben"}), "CALL_OUT_ENDED");
}

TEST(CallingOut, FailureIsShownAndToldToModerators) {
  const Conference calling =
      After(Meeting(), kUser,
            CallOut{.request_id = "r", .number = *PhoneNumber::FromE164("+48601000009")});
  const Step step = DialProgress(calling, "new", ParticipantState::kFailed, "busy");
  EXPECT_EQ(step.conference.Find("new")->failure, "busy");
  EXPECT_EQ(TextOf(step.actions), "tell anna call_out_failed");
}

}  // namespace
}  // namespace narada::control::moderation
