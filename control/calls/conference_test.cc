// Conferences: who is in, what they hear, what a moderator does, and how they outlive control.

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/calls/call_world.h"
#include "control/moderation/command.h"
#include "control/storage/await.h"
#include "gtest/gtest.h"

namespace narada::control::calls {
namespace {

using reservations::Extension;
using reservations::MadeReservation;

constexpr char kAnna[] = "+48601000001";
constexpr char kBogdan[] = "+48601000002";
constexpr char kCelina[] = "+48601000003";

const moderation::Actor kOperator = {.capacity = moderation::Capacity::kOperator};

// What a command of an operator comes to.
absl::Status Command(CallWorld& world, moderation::Command command) {
  std::optional<absl::Status> result;
  world.conference()->Command(kOperator, std::move(command),
                              [&](const auto& answer) { result = answer.status(); });
  world.Settle();
  return result.value_or(absl::UnknownError("not answered"));
}

// ---- Together -----------------------------------------------------------------------------

TEST(Conference, ThreeCallersAreInOneRoom) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  const TestPhone anna = world.Join(kAnna, made), bogdan = world.Join(kBogdan, made),
                  celina = world.Join(kCelina, made);
  EXPECT_EQ(world.mixer().LegsIn(anna.room_id()).size(), 3u);
  EXPECT_EQ(world.Snapshot().participants.size(), 3u);
  EXPECT_EQ(world.Snapshot().participants[1].number->e164(), kBogdan);
  EXPECT_EQ(world.switchboard().conferences().size(), 1u);
}

TEST(Conference, MusicEndsWithTheSecondAndReturnsWhenAlone) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  TestPhone anna = world.Join(kAnna, made);
  EXPECT_TRUE(absl::StrContains(anna.HearsOut(), "loop music_on_hold"));
  TestPhone bogdan = world.Join(kBogdan, made);
  EXPECT_FALSE(world.mixer().leg(anna.leg_id()).playing.has_value());
  bogdan.HangUp();
  EXPECT_TRUE(absl::StrContains(anna.HearsOut(), "loop music_on_hold"));
}

TEST(Conference, AMixerThatWasKilledAndGoesOnKeepsTheCallAndPlaysItsMusicAgain) {
  CallWorld world;
  TestPhone anna = world.Join(kAnna, world.Reserve());
  EXPECT_TRUE(absl::StrContains(anna.HearsOut(), "loop music_on_hold"));
  world.mixer().Resume();
  world.Settle();
  EXPECT_FALSE(anna.hangup_reason().has_value());
  EXPECT_EQ(world.Snapshot().participants.size(), 1u);
  EXPECT_TRUE(absl::StrContains(anna.HearsOut(), "loop music_on_hold"));
}

TEST(Conference, EntryAndExitAreHeardByTheRoom) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  TestPhone anna = world.Join(kAnna, made);
  const std::string room = anna.room_id();
  EXPECT_TRUE(world.SoundsIn(room).empty());  // The first has nobody to tell.
  TestPhone bogdan = world.Join(kBogdan, made);
  EXPECT_EQ(world.SoundsIn(room), (std::vector<std::string>{"entry_tone"}));
  bogdan.HangUp();
  EXPECT_EQ(world.SoundsIn(room), (std::vector<std::string>{"entry_tone", "exit_tone"}));
}

TEST(Conference, ManyWhoComeAtOnceAreNotSoundedOneByOne) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  const std::string room = world.Join(kAnna, made).room_id();
  const absl::Time begin = world.clock().Now();
  for (int i = 0; i < 40; ++i) world.Join(absl::StrCat("+486010001", 10 + i), made);
  const size_t tones = world.SoundsIn(room).size();
  EXPECT_LE(tones, 1 + absl::ToInt64Seconds(world.clock().Now() - begin));
  EXPECT_LT(tones, 40u);
  world.Advance(absl::Seconds(1));
  world.Join(kBogdan, made);
  EXPECT_EQ(world.SoundsIn(room).size(), tones + 1);
}

TEST(Conference, CountIsSpokenByKey) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  TestPhone anna = world.Join(kAnna, made);
  world.Join(kBogdan, made);
  world.Join(kCelina, made);
  anna.HearsOut();
  anna.Press("*3");
  EXPECT_TRUE(absl::StrContains(anna.Hears(), "pl participants(3)"));
}

TEST(Conference, LastToLeaveTakesTheRoomAlong) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  TestPhone anna = world.Join(kAnna, made), bogdan = world.Join(kBogdan, made);
  anna.HangUp();
  bogdan.HangUp();
  EXPECT_TRUE(world.switchboard().conferences().empty());
  EXPECT_TRUE(world.mixer().rooms().empty());
  EXPECT_TRUE(world.mixer().legs().empty());
  TestPhone again = world.Join(kAnna, made);
  EXPECT_TRUE(absl::StartsWith(again.room_id(), "conf-"));
}

TEST(Conference, OwnKeyMutesAndUnmutes) {
  CallWorld world;
  TestPhone anna = world.Join(kAnna, world.Reserve());
  anna.HearsOut();
  anna.Press("*6");
  EXPECT_TRUE(world.mixer().leg(anna.leg_id()).settings.is_muted);
  EXPECT_TRUE(absl::StrContains(anna.HearsOut(), "pl muted"));
  EXPECT_TRUE(world.Snapshot().participants[0].is_self_muted);
  anna.Press("*6");
  EXPECT_FALSE(world.mixer().leg(anna.leg_id()).settings.is_muted);
  EXPECT_TRUE(absl::StrContains(anna.HearsOut(), "pl unmuted"));
}

TEST(Conference, FullRoomSaysSoAndLetsGo) {
  CallWorld world;
  world.settings.participants_max = 1;
  world.RestartControl();
  world.ConnectMixer();
  world.ConnectGateway({});
  const MadeReservation made = world.Reserve();
  world.Join(kAnna, made);
  TestPhone bogdan = world.Join(kBogdan, made);
  EXPECT_TRUE(absl::StrContains(bogdan.HearsOut(), "pl room_full"));
  EXPECT_TRUE(bogdan.IsHungUp());
}

TEST(Conference, LegThatCannotBeMovedIsApologisedTo) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  world.mixer().FailTimes(2, "MoveLeg", absl::UnavailableError("gone"));  // It is tried twice.
  TestPhone anna = world.Join(kAnna, made);
  EXPECT_TRUE(absl::StrContains(anna.HearsOut(), "pl service_unavailable"));
  EXPECT_TRUE(world.switchboard().conferences().empty());
}

// ---- Moderation ---------------------------------------------------------------------------

TEST(Conference, ModeratorsMuteIsNotLiftedByTheKey) {
  CallWorld world;
  TestPhone anna = world.Join(kAnna, world.Reserve());
  const std::string id = world.Snapshot().participants[0].call_id;
  EXPECT_TRUE(Command(world, moderation::UpdateParticipant{.call_id = id, .is_muted = true}).ok());
  EXPECT_TRUE(world.mixer().leg(anna.leg_id()).settings.is_muted);
  anna.Press("*6");
  EXPECT_TRUE(world.mixer().leg(anna.leg_id()).settings.is_muted);
  EXPECT_TRUE(Command(world, moderation::UpdateParticipant{.call_id = id, .is_muted = false}).ok());
  EXPECT_FALSE(world.mixer().leg(anna.leg_id()).settings.is_muted);
}

TEST(Conference, MuteAllReachesEverybody) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  TestPhone anna = world.Join(kAnna, made), bogdan = world.Join(kBogdan, made);
  EXPECT_TRUE(Command(world, moderation::MuteAll{true}).ok());
  EXPECT_TRUE(world.mixer().leg(anna.leg_id()).settings.is_muted);
  EXPECT_TRUE(world.mixer().leg(bogdan.leg_id()).settings.is_muted);
}

TEST(Conference, DisconnectedParticipantIsToldAndHungUp) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  TestPhone anna = world.Join(kAnna, made), bogdan = world.Join(kBogdan, made);
  const std::string id = world.Snapshot().participants[1].call_id;
  EXPECT_TRUE(Command(world, moderation::Disconnect{id}).ok());
  EXPECT_TRUE(absl::StrContains(bogdan.HearsOut(), "pl removed"));
  EXPECT_EQ(bogdan.hangup_reason(), HangupReason::kDisconnectedByModerator);
  EXPECT_FALSE(anna.IsHungUp());
  EXPECT_EQ(ReasonOf(Command(world, moderation::Disconnect{"nobody"})), "PARTICIPANT_UNKNOWN");
}

TEST(Conference, LockedConferenceLetsNobodyIn) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  TestPhone anna = world.Join(kAnna, made);
  EXPECT_TRUE(Command(world, moderation::UpdateConference{.is_locked = true}).ok());
  EXPECT_TRUE(absl::StrContains(anna.HearsOut(), "pl locked"));
  TestPhone bogdan = world.Join(kBogdan, made);
  EXPECT_TRUE(absl::StrContains(bogdan.HearsOut(), "pl room_locked"));
  EXPECT_TRUE(bogdan.IsHungUp());
  EXPECT_EQ(world.Snapshot().participants.size(), 1u);
}

TEST(Conference, EndedConferenceSaysGoodbyeToAll) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  TestPhone anna = world.Join(kAnna, made), bogdan = world.Join(kBogdan, made);
  EXPECT_TRUE(Command(world, moderation::EndConference{}).ok());
  EXPECT_TRUE(absl::StrContains(anna.HearsOut(), "pl conference_ended"));
  EXPECT_TRUE(absl::StrContains(bogdan.HearsOut(), "pl conference_ended"));
  EXPECT_TRUE(world.switchboard().conferences().empty());
}

// ---- Expiry -------------------------------------------------------------------------------

TEST(Conference, PeopleInsideAreWarnedTenMinutesBeforeTheExpiryAndStay) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  world.Advance(absl::Hours(167));
  TestPhone anna = world.Join(kAnna, made), bogdan = world.Join(kBogdan, made);
  const absl::Time warning = made.record.expires_at - absl::Minutes(10);
  world.Advance(warning - world.clock().Now() - absl::Seconds(1));
  anna.HearsOut();
  world.Advance(absl::Seconds(1));
  EXPECT_TRUE(absl::StrContains(anna.HearsOut(), "pl expires_soon(10m)"));
  TestPhone late = world.Join("+48601000009", made);
  EXPECT_TRUE(absl::StrContains(late.HearsOut(), "pl expires_soon"));
  world.Advance(absl::Minutes(30));
  EXPECT_FALSE(anna.IsHungUp());
  EXPECT_FALSE(bogdan.IsHungUp());
  TestPhone celina = world.Join(kCelina, made);
  EXPECT_TRUE(absl::StrContains(celina.HearsOut(), "pl wrong_room_or_pin"));
}

TEST(Conference, ExtensionFromInsideMovesTheWarning) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  world.Advance(absl::Hours(167));
  TestPhone anna = world.Join(kAnna, made);
  anna.HearsOut();
  anna.Press("*4");
  EXPECT_TRUE(absl::StrContains(anna.HearsOut(), "pl extended(2026-02-16T02:40)"));
  EXPECT_EQ(world.Snapshot().terms.expires_at, made.record.expires_at + absl::Hours(168));
  world.Advance(absl::Hours(1));
  EXPECT_FALSE(absl::StrContains(anna.HearsOut(), "expires_soon"));
}

TEST(Conference, WhoFellOutMayReturnForFiveMinutesAfterTheExpiry) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  world.Advance(absl::Hours(167) + absl::Minutes(58));
  TestPhone anna = world.Join(kAnna, made), bogdan = world.Join(kBogdan, made);
  bogdan.HangUp();
  world.Advance(absl::Minutes(4));  // Two minutes past the expiry.
  TestPhone returned = world.Join(kBogdan, made);
  EXPECT_EQ(returned.room_id(), anna.room_id());
  TestPhone stranger = world.Join(kCelina, made);
  EXPECT_TRUE(absl::StrContains(stranger.HearsOut(), "pl wrong_room_or_pin"));
  returned.HangUp();
  world.Advance(absl::Minutes(5));
  TestPhone too_late = world.Join(kBogdan, made);
  EXPECT_TRUE(absl::StrContains(too_late.HearsOut(), "pl wrong_room_or_pin"));
}

// ---- Watching -----------------------------------------------------------------------------

class Watch {
 public:
  ConferenceActor::Watcher Watcher() {
    return [this](const ConferenceChange& change) {
      changes.push_back(change);
      return true;
    };
  }
  std::vector<ConferenceChange> changes;
};

TEST(ConferenceWatch, BeginsWithTheWholeAndNumbersItsChanges) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  TestPhone anna = world.Join(kAnna, made);
  Watch watch;
  const auto conference = world.conference();
  conference->Watch(std::nullopt, watch.Watcher());
  world.Settle();
  ASSERT_EQ(watch.changes.size(), 1u);
  EXPECT_EQ(std::get<WholeConference>(watch.changes[0].what).conference.participants.size(), 1u);
  TestPhone bogdan = world.Join(kBogdan, made);
  world.mixer().Speak(bogdan.leg_id(), true);
  world.Settle();
  bogdan.HangUp();
  ASSERT_EQ(watch.changes.size(), 4u);
  for (size_t i = 1; i < watch.changes.size(); ++i) {
    EXPECT_EQ(watch.changes[i].sequence, watch.changes[i - 1].sequence + 1);
  }
  EXPECT_TRUE(std::get<ParticipantChanged>(watch.changes[2].what).participant.is_speaking);
  EXPECT_EQ(std::get<ParticipantLeft>(watch.changes[3].what).participant.number->e164(), kBogdan);
  anna.HangUp();
  EXPECT_TRUE(std::holds_alternative<ConferenceOver>(watch.changes.back().what));
}

TEST(ConferenceWatch, ResumesBehindItsCursor) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  world.Join(kAnna, made);
  Watch first, second;
  const auto conference = world.conference();
  conference->Watch(std::nullopt, first.Watcher());
  world.Settle();
  const uint64_t cursor = first.changes.back().sequence;
  world.Join(kBogdan, made);
  world.Join(kCelina, made);
  conference->Watch(cursor, second.Watcher());
  world.Settle();
  ASSERT_EQ(second.changes.size(), 2u);
  EXPECT_EQ(second.changes[0].sequence, cursor + 1);
  EXPECT_EQ(std::get<ParticipantChanged>(second.changes[1].what).participant.number->e164(),
            kCelina);
}

TEST(ConferenceWatch, SaysThatItMissedWhatIsForgotten) {
  CallWorld world;
  TestPhone anna = world.Join(kAnna, world.Reserve());
  for (size_t i = 0; i < kHistoryMax + 100; ++i) world.mixer().Speak(anna.leg_id(), i % 2 == 0);
  world.Settle();
  Watch watch;
  world.conference()->Watch(1, watch.Watcher());
  world.Settle();
  ASSERT_EQ(watch.changes.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<ChangesMissed>(watch.changes[0].what));
  EXPECT_TRUE(std::holds_alternative<WholeConference>(watch.changes[1].what));
}

// ---- Restarts -----------------------------------------------------------------------------

TEST(Restart, ConferenceIsTakenUpWhicheverSideReturnsFirst) {
  for (const bool is_mixer_first : {true, false}) {
    CallWorld world;
    const MadeReservation made = world.Reserve();
    TestPhone anna = world.Join(kAnna, made), bogdan = world.Join(kBogdan, made);
    anna.HearsOut();
    anna.Press("*6");
    anna.HearsOut();
    const std::string room = anna.room_id();
    const size_t played = world.mixer().leg(anna.leg_id()).played.size();
    const size_t sounds = world.SoundsIn(room).size();
    world.RestartControl();
    if (is_mixer_first) world.ConnectMixer();
    world.ConnectGateway({anna.call_id(), bogdan.call_id()});
    if (!is_mixer_first) world.ConnectMixer();
    // Nothing sounds, nobody moves.
    EXPECT_EQ(world.mixer().leg(anna.leg_id()).played.size(), played);
    EXPECT_EQ(world.SoundsIn(room).size(), sounds);
    EXPECT_EQ(world.mixer().LegsIn(room).size(), 2u);
    EXPECT_EQ(world.Snapshot().participants.size(), 2u);
    EXPECT_TRUE(world.Snapshot().participants[0].is_self_muted);
    EXPECT_EQ(world.Snapshot().terms.expires_at, made.record.expires_at);
    // And all works on: keys, newcomers, the end.
    anna.Press("*6");
    EXPECT_FALSE(world.mixer().leg(anna.leg_id()).settings.is_muted);
    TestPhone celina = world.Join(kCelina, made);
    EXPECT_EQ(celina.room_id(), room);
    anna.HangUp();
    bogdan.HangUp();
    celina.HangUp();
    EXPECT_TRUE(world.mixer().legs().empty());
    EXPECT_TRUE(world.mixer().rooms().empty());
  }
}

TEST(Restart, LanguageAndTimeOfJoiningAreKept) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  TestPhone anna = world.Call(kAnna);
  anna.Press("1");
  anna.Press(absl::StrCat("2", made.record.room.digits()));
  anna.Press(made.pin.Reveal());
  anna.HearsOut();
  const absl::Time joined_at = world.Snapshot().participants[0].joined_at;
  world.Advance(absl::Minutes(10));
  world.RestartControl();
  world.ConnectMixer();
  world.ConnectGateway({anna.call_id()});
  EXPECT_EQ(world.Snapshot().participants[0].joined_at, joined_at);
  anna.Press("*6");
  EXPECT_TRUE(absl::StrContains(anna.Hears(), "en muted"));
}

TEST(Restart, CallerInTheDialogueIsGreetedAnew) {
  CallWorld world;
  TestPhone anna = world.Call(kAnna);
  anna.Press("2");
  anna.Hears();
  world.RestartControl();
  world.ConnectMixer();
  world.ConnectGateway({anna.call_id()});
  EXPECT_TRUE(absl::StartsWith(anna.Hears(), "pl greeting"));
  anna.Press("3");
  EXPECT_TRUE(absl::StrContains(anna.HearsOut(), "pl room_and_pin"));
}

TEST(Restart, CallThatNoMixerHasIsHungUpAfterAMoment) {
  CallWorld world;
  world.RestartControl();
  world.ConnectMixer();
  world.ConnectGateway({"ghost"});
  TestPhone ghost(world, "ghost");
  EXPECT_FALSE(ghost.IsHungUp());
  world.Advance(absl::Seconds(5));
  EXPECT_EQ(ghost.hangup_reason(), HangupReason::kCallUnknown);
}

TEST(Restart, LegThatItsGatewayDoesNotNameIsRemovedAtOnce) {
  CallWorld world;
  world.Join(kAnna, world.Reserve());
  world.RestartControl();
  world.ConnectMixer();
  EXPECT_EQ(world.mixer().legs().size(), 1u);
  world.ConnectGateway({});
  EXPECT_TRUE(world.mixer().legs().empty());
}

TEST(Restart, LegOfAGatewayThatDoesNotReturnIsRemovedAfterAMinute) {
  CallWorld world;
  world.Join(kAnna, world.Reserve());
  world.RestartControl();
  world.ConnectMixer();
  world.Advance(absl::Seconds(59));
  EXPECT_EQ(world.mixer().legs().size(), 1u);
  world.Advance(absl::Seconds(1));
  EXPECT_TRUE(world.mixer().legs().empty());
}

TEST(Restart, LegsOfOtherSignalingServicesAreLeftAlone) {
  CallWorld world;
  world.mixer().CreateRoom({.room_id = "theirs"}, [](absl::Status) {});
  world.mixer().AddLeg({.request_id = "r", .room_id = "theirs", .sdp_offer = CallWorld::kSdp},
                       [](auto) {});
  world.RestartControl();
  world.ConnectMixer();
  world.ConnectGateway({});
  world.Advance(absl::Minutes(5));
  EXPECT_EQ(world.mixer().legs().size(), 1u);
  EXPECT_TRUE(world.mixer().rooms().contains("theirs"));
}

// The gateway offers again, right after Hello, a call that was undecided when the connection broke.
TEST(GatewayReturns, CallThatItOffersAgainIsTakenAsANewOne) {
  CallWorld world;
  TestPhone anna = world.Call(kAnna);
  world.switchboard().OnGatewayLost(world.gateway_pointer());
  world.switchboard().OnGatewayConnected(world.gateway_pointer(), {});
  world.switchboard().OnGatewayEvent(
      world.gateway_pointer(), anna.call_id(),
      CallOffered{.called_number = "+48608608608", .sdp_offer = CallWorld::kSdp});
  world.Settle();
  EXPECT_TRUE(world.gateway().Last<Answer>(anna.call_id()).has_value());
  EXPECT_EQ(world.mixer().legs().size(), 1u);
  EXPECT_EQ(world.switchboard().call_count(), 1);
}

// What a snapshot does not show may have been added while it was on its way.
TEST(MixerReturns, LegThatIsMissingFromTheSnapshotButThereIsKept) {
  CallWorld world;
  TestPhone anna = world.Call(kAnna);
  world.switchboard().OnMixerSnapshot(world.mixer().shared_from_this(), {});
  world.Settle();
  EXPECT_FALSE(anna.IsHungUp());
}

TEST(GatewayReturns, ItsCallsGoOnAndThoseItLostEnd) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  TestPhone anna = world.Join(kAnna, made), bogdan = world.Join(kBogdan, made);
  world.switchboard().OnGatewayLost(world.gateway_pointer());
  world.Advance(absl::Minutes(5));
  EXPECT_EQ(world.mixer().legs().size(), 2u);
  world.ConnectGateway({anna.call_id()});
  EXPECT_EQ(world.mixer().legs().size(), 1u);
  EXPECT_FALSE(anna.leg_id().empty());
  EXPECT_TRUE(bogdan.leg_id().empty());
}

}  // namespace
}  // namespace narada::control::calls
