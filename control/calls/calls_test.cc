// Calls from the offer to the end, in a world of fakes: what the caller hears and what the gateway and the
// mixer are told.

#include <soci/soci.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/calls/call_world.h"
#include "control/storage/await.h"
#include "gtest/gtest.h"

namespace narada::control::calls {
namespace {

using reservations::MadeReservation;
using reservations::ReservationRecord;

constexpr char kMobile[] = "+48601234567";

ReservationRecord Get(CallWorld& world, const std::string& id) {
  return *storage::Await<ReservationRecord>(
      [&](auto done) { world.reservations().Get(id, std::move(done)); });
}

// ---- Answering ----------------------------------------------------------------------------

TEST(Calls, OfferIsAnsweredWithTheMixersSdp) {
  CallWorld world;
  TestPhone phone = world.Call(kMobile);
  const auto& commands = world.gateway().commands(phone.call_id());
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_EQ(std::get<Answer>(commands[0]).sdp, "answer to v=0 m=audio");
  EXPECT_EQ(world.mixer().leg(phone.leg_id()).signaling_address, "192.0.2.1");
}

TEST(Calls, GreetingIsInTheLanguageOfTheNumber) {
  CallWorld world;
  EXPECT_TRUE(absl::StartsWith(world.Call(kMobile).Hears(), "pl greeting"));
  EXPECT_TRUE(absl::StartsWith(world.Call(kMobile, "+48221234567").Hears(), "en greeting"));
}

TEST(Calls, DialogueWaitsForTheConfirmationButNotForever) {
  CallWorld world;
  TestPhone phone(world, "x");
  phone.Reports(CallOffered{.called_number = "+48608608608", .sdp_offer = CallWorld::kSdp});
  EXPECT_EQ(phone.Hears(), "");
  world.Advance(absl::Seconds(2));
  EXPECT_TRUE(absl::StartsWith(phone.Hears(), "pl greeting"));
}

TEST(Calls, CallerWithoutAnOfferGetsOursAndAnswersLater) {
  CallWorld world;
  TestPhone phone(world, "x");
  phone.Reports(CallOffered{.called_number = "+48608608608", .calling_number = kMobile});
  EXPECT_EQ(world.gateway().Last<Answer>("x")->sdp, "v=0 m=audio offer");
  phone.Reports(MediaAnswered{.sdp_answer = "v=0 m=audio answer"});
  phone.Reports(CallConfirmed{});
  EXPECT_TRUE(absl::StartsWith(phone.Hears(), "pl greeting"));
}

TEST(Calls, LateAnswerThatCannotBeUsedEndsTheCall) {
  CallWorld world;
  TestPhone phone(world, "x");
  phone.Reports(CallOffered{.called_number = "+48608608608"});
  phone.Reports(MediaAnswered{.sdp_answer = "nonsense"});
  EXPECT_EQ(phone.hangup_reason(), HangupReason::kFault);
  EXPECT_TRUE(world.mixer().legs().empty());
}

TEST(Calls, EachRefusalHasItsReason) {
  CallWorld world;
  TestPhone wrong_number = world.Call(kMobile, "+48999999999");
  EXPECT_EQ(world.gateway().Last<Reject>(wrong_number.call_id())->reason,
            RejectReason::kNumberUnknown);

  TestPhone nonsense(world, "nonsense");
  nonsense.Reports(CallOffered{.called_number = "+48608608608", .sdp_offer = "hello"});
  EXPECT_EQ(world.gateway().Last<Reject>("nonsense")->reason, RejectReason::kMediaInvalid);

  TestPhone video(world, "video");
  video.Reports(CallOffered{.called_number = "+48608608608", .sdp_offer = "v=0 m=video"});
  EXPECT_EQ(world.gateway().Last<Reject>("video")->reason, RejectReason::kMediaUnacceptable);

  world.mixer().FailNext(
      "AddLeg", WithRetryAfter(ErrorWithReason(absl::StatusCode::kResourceExhausted, "MIXER_FULL",
                                               "the mixer is full"),
                               absl::Seconds(7)));
  TestPhone full = world.Call(kMobile);
  EXPECT_EQ(world.gateway().Last<Reject>(full.call_id())->reason, RejectReason::kOverloaded);
  EXPECT_EQ(world.gateway().Last<Reject>(full.call_id())->retry_after, absl::Seconds(7));

  world.directory().Clear();
  TestPhone no_mixer = world.Call(kMobile);
  EXPECT_EQ(world.gateway().Last<Reject>(no_mixer.call_id())->reason, RejectReason::kOverloaded);
  EXPECT_EQ(world.switchboard().call_count(), 0);
}

TEST(Calls, MoreCallsThanTheLimitAreRefused) {
  CallWorld world;
  world.settings.calls_max = 2;
  world.RestartControl();
  world.ConnectMixer();
  world.ConnectGateway({});
  world.Call(kMobile);
  world.Call(kMobile);
  TestPhone third = world.Call(kMobile);
  EXPECT_EQ(world.gateway().Last<Reject>(third.call_id())->reason, RejectReason::kOverloaded);
}

TEST(Calls, CallerWhoGivesUpAtAnyMomentLeavesNothingBehind) {
  CallWorld world;
  for (int steps = 0; steps < 12; ++steps) {
    const std::string id = absl::StrCat("early-", steps);
    world.switchboard().OnGatewayEvent(
        world.gateway_pointer(), id,
        CallOffered{.called_number = "+48608608608", .sdp_offer = CallWorld::kSdp});
    world.executor().RunSome(steps);
    world.switchboard().OnGatewayEvent(world.gateway_pointer(), id, CallEnded{});
    world.Settle();
    EXPECT_TRUE(world.mixer().legs().empty()) << steps;
    EXPECT_EQ(world.switchboard().call_count(), 0) << steps;
  }
  EXPECT_TRUE(world.mixer().rooms().empty());
}

// ---- The dialogue's actions ---------------------------------------------------------------

TEST(Calls, KeyThreeSpeaksWhatWasCommittedAndQueuesTheSms) {
  CallWorld world;
  TestPhone phone = world.Call(kMobile);
  phone.Hears();
  phone.Press("3");
  const std::string heard = phone.HearsOut();
  const auto records = storage::Await<std::vector<ReservationRecord>>(
      [&](auto done) { world.reservations().List(std::nullopt, 10, std::move(done)); });
  ASSERT_EQ(records->size(), 1u);
  const ReservationRecord& record = records->front();
  const auto pin = storage::Await<Pin>(
      [&](auto done) { world.reservations().RevealPin(record.id, std::move(done)); });
  EXPECT_TRUE(absl::StrContains(heard, absl::StrCat("(", record.room.digits(), ")"))) << heard;
  EXPECT_TRUE(absl::StrContains(heard, absl::StrCat("(", pin->Reveal(), ")"))) << heard;
  EXPECT_EQ(record.organiser->e164(), kMobile);
  EXPECT_FALSE(record.message_id.empty());
}

TEST(Calls, ReservationAfterTheLanguageKeyIsInThatLanguage) {
  CallWorld world;
  TestPhone phone = world.Call(kMobile);
  phone.Press("1");
  phone.Hears();
  phone.Press("3");
  EXPECT_TRUE(absl::StrContains(phone.HearsOut(), "en room_and_pin"));
  const auto records = storage::Await<std::vector<ReservationRecord>>(
      [&](auto done) { world.reservations().List(std::nullopt, 10, std::move(done)); });
  EXPECT_EQ(records->front().language, Language::kEnglish);
}

TEST(Calls, DatabaseThatCannotWriteMeansASpokenApologyAndNoReservation) {
  CallWorld world;
  ASSERT_TRUE(world.database()
                  .database()
                  .Run([](storage::Transaction& transaction) {
                    // As a database whose disk takes nothing more: the last insert of a booking fails.
                    transaction.sql() << (storage::IsPostgresqlTested()
                                              ? "ALTER TABLE sms_messages ADD CHECK (id = '')"
                                              : "CREATE TRIGGER full BEFORE INSERT ON sms_messages "
                                                "BEGIN SELECT RAISE(FAIL, 'disk full'); END");
                    return absl::OkStatus();
                  })
                  .ok());
  TestPhone phone = world.Call(kMobile);
  phone.Hears();
  phone.Press("3");
  EXPECT_TRUE(absl::StrContains(phone.HearsOut(), "pl service_unavailable"));
  const auto records = storage::Await<std::vector<ReservationRecord>>(
      [&](auto done) { world.reservations().List(std::nullopt, 10, std::move(done)); });
  EXPECT_TRUE(records->empty());
}

TEST(Calls, RoomAndPinLeadIntoTheConference) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  TestPhone phone = world.Join(kMobile, made);
  EXPECT_TRUE(absl::StartsWith(phone.room_id(), "conf-"));
  EXPECT_TRUE(absl::StrContains(phone.HearsOut(), "pl first_in_conference, loop music_on_hold"));
  // The room of one that the dialogue was held in is gone.
  EXPECT_EQ(world.mixer().rooms().size(), 1u);
}

TEST(Calls, UnknownRoomAndWrongPinTakeTheSameTimeAndWords) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  const std::string wrong_pin = made.pin.Reveal() == "111111" ? "222222" : "111111";
  const std::string other_room = made.record.room.digits() == "11111" ? "22222" : "11111";
  std::vector<std::string> heard;
  for (const auto& [room, pin] : {std::pair{made.record.room.digits(), wrong_pin},
                                  std::pair{other_room, made.pin.Reveal()}}) {
    TestPhone phone = world.Call(kMobile);
    phone.Press(absl::StrCat("2", room));
    phone.Hears();
    for (const char key : pin) world.mixer().PressDigit(phone.leg_id(), key);
    world.Advance(world.settings.lookup_time - absl::Microseconds(1));
    EXPECT_EQ(phone.Hears(), "");
    world.Advance(absl::Microseconds(1));
    heard.push_back(phone.Hears());
  }
  EXPECT_TRUE(absl::StrContains(heard[0], "pl wrong_room_or_pin")) << heard[0];
  EXPECT_EQ(heard[0], heard[1]);
}

TEST(Calls, ThreeWrongTriesEndTheCall) {
  CallWorld world;
  TestPhone phone = world.Call(kMobile);
  phone.Press("2");
  for (int i = 0; i < 3; ++i)
    phone.Press(
        "11111"
        "000000");
  EXPECT_TRUE(absl::StrContains(phone.HearsOut(), "pl goodbye"));
  EXPECT_EQ(phone.hangup_reason(), HangupReason::kCompleted);
  EXPECT_TRUE(world.mixer().legs().empty());
  EXPECT_TRUE(world.mixer().rooms().empty());
  EXPECT_EQ(world.switchboard().call_count(), 0);
}

TEST(Calls, KeyFourExtendsByAWeek) {
  CallWorld world;
  const MadeReservation made = world.Reserve();
  TestPhone phone = world.Call(kMobile);
  phone.Press(absl::StrCat("4", made.record.room.digits()));
  phone.Press(made.pin.Reveal());
  EXPECT_TRUE(absl::StrContains(phone.HearsOut(), "pl extended(2026-02-16T02:40)"));
  EXPECT_EQ(Get(world, made.record.id).expires_at, made.record.expires_at + absl::Hours(168));
}

TEST(Calls, SilentCallerIsPromptedAndSaidGoodbye) {
  CallWorld world;
  TestPhone phone = world.Call(kMobile);
  std::string heard;
  for (int i = 0; i < 20 && !phone.IsHungUp(); ++i) {
    absl::StrAppend(&heard, phone.HearsOut(), "; ");
    world.Advance(absl::Seconds(6));
  }
  EXPECT_TRUE(phone.IsHungUp());
  EXPECT_TRUE(absl::StrContains(heard, "pl no_input"));
  EXPECT_TRUE(absl::StrContains(heard, "pl goodbye"));
}

TEST(Calls, PromptThatCannotBePlayedDoesNotStopTheDialogue) {
  CallWorld world;
  world.mixer().FailNext("Play", absl::NotFoundError("no such prompt"));
  TestPhone phone = world.Call(kMobile);
  phone.Press("2");
  EXPECT_TRUE(absl::StrContains(phone.Hears(), "pl enter_room"));
}

// ---- Signaling of calls in progress -------------------------------------------------------

TEST(Calls, ReInviteGoesToTheMixerAndItsAnswerBack) {
  CallWorld world;
  TestPhone phone = world.Call(kMobile);
  phone.Reports(MediaOffered{.sdp_offer = "v=0 m=audio a=sendonly"});
  EXPECT_EQ(world.gateway().Last<AnswerMedia>(phone.call_id())->sdp,
            "answer to v=0 m=audio a=sendonly");
  phone.Reports(MediaOffered{.sdp_offer = "v=0 m=image"});
  EXPECT_EQ(world.gateway().Last<RejectMedia>(phone.call_id())->reason,
            RejectReason::kMediaUnacceptable);
  phone.Reports(MediaOffered{});
  EXPECT_EQ(world.gateway().Last<AnswerMedia>(phone.call_id())->sdp, "v=0 m=audio offer");
  EXPECT_FALSE(phone.leg_id().empty());
}

TEST(Calls, DigitsBySignalingGoByWayOfTheMixer) {
  CallWorld world;
  TestPhone phone = world.Call(kMobile);
  phone.Hears();
  phone.Reports(DigitsPressed{"2"});
  EXPECT_EQ(world.mixer().leg(phone.leg_id()).injected, "2");
  EXPECT_TRUE(absl::StrContains(phone.Hears(), "pl enter_room"));
}

TEST(Calls, LegWithoutMediaIsHungUp) {
  CallWorld world;
  TestPhone phone = world.Call(kMobile);
  world.mixer().TimeOutMedia(phone.leg_id());
  world.Settle();
  EXPECT_EQ(phone.hangup_reason(), HangupReason::kMediaTimedOut);
  EXPECT_TRUE(world.mixer().legs().empty());
}

TEST(Calls, CallEndsAfterTwelveHours) {
  CallWorld world;
  TestPhone phone = world.Join(kMobile, world.Reserve());
  world.Advance(absl::Hours(12) - absl::Seconds(10));
  EXPECT_FALSE(phone.IsHungUp());
  world.Advance(absl::Seconds(10));
  EXPECT_TRUE(absl::StrContains(phone.HearsOut(), "pl call_limit_reached"));
  world.Advance(absl::Seconds(30));
  EXPECT_EQ(phone.hangup_reason(), HangupReason::kCallTooLong);
  EXPECT_TRUE(world.mixer().legs().empty());
}

TEST(Calls, MixerThatLostEverythingEndsItsCalls) {
  CallWorld world;
  TestPhone phone = world.Join(kMobile, world.Reserve());
  world.mixer().Restart();
  world.Settle();
  EXPECT_EQ(phone.hangup_reason(), HangupReason::kFault);
  EXPECT_TRUE(world.switchboard().conferences().empty());
}

TEST(Calls, EventOfAnUnknownCallIsAnsweredWithHangup) {
  CallWorld world;
  TestPhone stranger(world, "stranger");
  stranger.Reports(DigitsPressed{"1"});
  EXPECT_EQ(stranger.hangup_reason(), HangupReason::kCallUnknown);
  TestPhone ended(world, "ended");
  ended.Reports(CallEnded{});
  EXPECT_TRUE(world.gateway().commands("ended").empty());
}

}  // namespace
}  // namespace narada::control::calls
