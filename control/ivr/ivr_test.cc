#include "control/ivr/ivr.h"

#include <string>
#include <variant>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "control/ivr/dialogue_script.h"
#include "gtest/gtest.h"

namespace narada::control::ivr {
namespace {

using Looked = RoomLookedUp::Outcome;
using Extension = ExtensionAnswered::Outcome;
using Join = JoinAnswered::Outcome;
using Made = ReservationAnswered::Outcome;

constexpr char kMenu[] = "say offer_language@en main_menu";

Caller Mobile() { return {.number = PhoneNumber::FromE164("+48601234567")}; }
Caller Landline() { return {.number = PhoneNumber::FromE164("+48221234567")}; }
Caller Withheld() { return {.number = PhoneNumber::FromE164("+48601234567"), .is_withheld = true}; }

// ---- The menu

TEST(Menu, GreetsAtOnceAndOffersTheOtherLanguageInItself) {
  DialogueScript script;
  EXPECT_EQ(script.Start(), "say greeting offer_language@en main_menu");
  DialogueScript english;
  EXPECT_EQ(english.Start({}, Language::kEnglish), "say greeting offer_language@pl main_menu");
  const auto& play = std::get<Play>(english.actions().front());
  EXPECT_EQ(play.language, Language::kEnglish);
  EXPECT_TRUE(play.barge_in);
}

TEST(Menu, KeyOneChangesTheLanguageOfEverythingAfterIt) {
  DialogueScript script;
  script.Start(Mobile());
  EXPECT_EQ(script.Press("1"), "language en\nsay language_changed offer_language@pl main_menu");
  EXPECT_EQ(script.Press("3"), "stop\nreserve en +48601234567");
  script.Reserved("12345", "678901");
  EXPECT_EQ(std::get<Play>(script.actions()[script.actions().size() - 2]).language,
            Language::kEnglish);
}

TEST(Menu, KeyOneTwiceComesBack) {
  DialogueScript script;
  script.Start();
  script.Press("1");
  EXPECT_EQ(script.Press("1"), "language pl\nsay language_changed offer_language@en main_menu");
}

TEST(Menu, ZeroRepeatsAndStarComesBack) {
  DialogueScript script;
  script.Start();
  EXPECT_EQ(script.Press("0"), kMenu);
  EXPECT_EQ(script.Press("*"), kMenu);
  EXPECT_EQ(script.Press("2"), "say enter_room");
  EXPECT_EQ(script.Press("12*"), "stop\n" + std::string(kMenu));
}

TEST(Menu, NoInputIsAskedAgainThreeTimesInAllThenGoodbye) {
  DialogueScript script;
  script.Start();
  EXPECT_EQ(script.PromptEnds(), "");
  EXPECT_EQ(script.timer(), absl::Seconds(6));
  EXPECT_EQ(script.Wait(), "say no_input offer_language@en main_menu");
  script.PromptEnds();
  EXPECT_EQ(script.Wait(), "say no_input offer_language@en main_menu");
  script.PromptEnds();
  EXPECT_EQ(script.Wait(), "say no_input goodbye");
  EXPECT_EQ(script.PromptEnds(), "hang up");
  EXPECT_EQ(script.state().stage, Stage::kEnded);
}

TEST(Menu, WrongInputIsAskedAgainThreeTimesInAllThenGoodbye) {
  DialogueScript script;
  script.Start();
  EXPECT_EQ(script.Press("7"), "say wrong_input offer_language@en main_menu");
  EXPECT_EQ(script.Press("#"), "say wrong_input offer_language@en main_menu");
  EXPECT_EQ(script.Press("9"), "say wrong_input goodbye");
  EXPECT_EQ(script.Press("2"), "");
}

TEST(Menu, RightInputForgivesWrongInput) {
  DialogueScript script;
  script.Start();
  script.Press("77");
  script.Press("2*");
  EXPECT_EQ(script.Press("7"), "say wrong_input offer_language@en main_menu");
}

TEST(Menu, TheTimerOfNoInputStartsWhenThePromptEnds) {
  DialogueScript script;
  script.Start();
  EXPECT_GT(script.timer(), absl::Minutes(1));
  EXPECT_EQ(script.Happens(PlaybackEnded{script.state().playback - 1}), "");  // Stale.
  EXPECT_GT(script.timer(), absl::Minutes(1));
}

TEST(Menu, ALostEndOfAPromptStrandsNobody) {
  DialogueScript script;
  script.Start();
  EXPECT_EQ(script.Wait(), "");  // The guard: taken as the prompt's end.
  EXPECT_EQ(script.timer(), absl::Seconds(6));
  EXPECT_EQ(script.Wait(), "say no_input offer_language@en main_menu");
}

TEST(Menu, KeysThatPhonesDoNotHaveAreIgnored) {
  DialogueScript script;
  script.Start();
  EXPECT_EQ(script.Press("ABCDx"), "");
}

// ---- Joining

TEST(Joining, AsksForRoomAndPinAndJoins) {
  DialogueScript script;
  script.Start();
  EXPECT_EQ(script.Press("2"), "say enter_room");
  EXPECT_EQ(script.Press("1"), "stop");  // Barge-in.
  EXPECT_EQ(script.Press("2345"), "say enter_pin");
  EXPECT_EQ(script.Press("678901"), "stop\nlook up 12345 678901");
  EXPECT_EQ(script.LookedUp(Looked::kAccepted), "join r1");
  EXPECT_EQ(script.Joined(1), "say first_in_conference");
  EXPECT_EQ(script.PromptEnds(), "loop music_on_hold");
}

TEST(Joining, AShorterInputEndsWithHash) {
  DialogueScript script;
  script.Start();
  script.Press("2");
  EXPECT_EQ(script.Press("123#"), "stop\nsay enter_pin");
  EXPECT_EQ(script.Press("45#"), "stop\nlook up 123 45");
}

TEST(Joining, AShorterInputEndsByItselfAfterAWhile) {
  DialogueScript script;
  script.Start();
  script.Press("2123");
  EXPECT_EQ(script.timer(), absl::Seconds(4));
  EXPECT_EQ(script.Wait(), "say enter_pin");
}

TEST(Joining, HashAfterAFullInputIsSpare) {
  DialogueScript script;
  script.Start();
  EXPECT_EQ(script.Press("2#12345#678901#"),
            "say enter_room\nstop\nsay enter_pin\nstop\nlook up 12345 678901");
  EXPECT_EQ(script.LookedUp(Looked::kAccepted), "join r1");
}

TEST(Joining, ASpareHashDoesNotSilenceTheNextPrompt) {
  DialogueScript script;
  script.Start();
  script.Press("2");
  script.Press("12345");
  const auto& play = std::get<Play>(script.actions()[script.actions().size() - 2]);
  EXPECT_FALSE(play.barge_in);
  EXPECT_EQ(script.Press("#"), "");
  EXPECT_TRUE(script.state().is_playing);
}

TEST(Joining, AllKeysMayBePressedAhead) {
  DialogueScript script;
  script.Start();
  EXPECT_EQ(script.Press("212345678901"),
            "say enter_room\nstop\nsay enter_pin\nstop\nlook up 12345 678901");
}

TEST(Joining, HashAloneIsWrongInput) {
  DialogueScript script;
  script.Start();
  script.Press("2");
  script.Pass(absl::Seconds(4));  // Right after the 2 it would be spare.
  EXPECT_EQ(script.Press("#"), "say wrong_input enter_room");
  EXPECT_EQ(script.Press("#"), "say wrong_input enter_room");
  EXPECT_EQ(script.Press("#"), "say wrong_input goodbye");
}

TEST(Joining, LongRoomNumbersAreTakenWhereTheyExist) {
  IvrSettings settings = DialogueScript::TestSettings();
  settings.room_digits_max = 7;
  DialogueScript script(settings);
  script.Start();
  EXPECT_EQ(script.Press("21234567"), "say enter_room\nstop\nsay enter_pin");
  EXPECT_EQ(script.Press("*"), kMenu);
  EXPECT_EQ(script.Press("212345#"), "say enter_room\nstop\nsay enter_pin");
}

TEST(Joining, UnknownRoomExpiredRoomAndWrongPinSoundTheSame) {
  DialogueScript script;
  script.Start();
  script.Press("212345678901");
  EXPECT_EQ(script.LookedUp(Looked::kRefused), "say wrong_room_or_pin enter_room");
}

TEST(Joining, ThreeFailedTriesEndTheCallWhateverLiesBetween) {
  DialogueScript script;
  script.Start();
  script.Press("212345678901");
  EXPECT_EQ(script.LookedUp(Looked::kRefused), "say wrong_room_or_pin enter_room");
  script.Press("*412345678901");
  EXPECT_EQ(script.Extended(Extension::kRefused), "say wrong_room_or_pin enter_room");
  script.Press("*1");
  script.Press("212345678901");
  EXPECT_EQ(script.LookedUp(Looked::kRefused), "say wrong_room_or_pin goodbye");
  EXPECT_EQ(script.PromptEnds(), "hang up");
}

TEST(Joining, KeysPressedAheadOfARefusalAreForgotten) {
  DialogueScript script;
  script.Start();
  script.Press("212345678901");
  script.Press("99999");
  EXPECT_EQ(script.LookedUp(Looked::kRefused), "say wrong_room_or_pin enter_room");
  EXPECT_EQ(script.state().digits, "");
}

TEST(Joining, ALockedOutCallerIsToldGoodbye) {
  DialogueScript script;
  script.Start();
  script.Press("212345678901");
  EXPECT_EQ(script.LookedUp(Looked::kLockedOut), "say locked_out goodbye");
}

TEST(Joining, AnUnavailableServiceApologisesAndAtLastHangsUp) {
  DialogueScript script;
  script.Start();
  script.Press("212345678901");
  EXPECT_EQ(script.LookedUp(Looked::kUnavailable),
            "say service_unavailable offer_language@en main_menu");
  script.Press("212345678901");
  EXPECT_EQ(script.Wait(), "say service_unavailable offer_language@en main_menu");  // No answer.
  script.Press("212345678901");
  EXPECT_EQ(script.LookedUp(Looked::kUnavailable), "say service_unavailable goodbye");
}

TEST(Joining, ALateAnswerIsNotTakenForTheNextOne) {
  DialogueScript script;
  script.Start();
  script.Press("212345678901");
  const uint32_t first = script.state().request;
  script.Wait();
  script.Press("254321111111");
  EXPECT_EQ(script.Happens(RoomLookedUp{
                .request = first, .outcome = Looked::kAccepted, .reservation_id = "other"}),
            "");
  EXPECT_EQ(script.state().stage, Stage::kLookingUp);
}

TEST(Joining, AFullOrLockedRoomIsSaid) {
  for (const auto& [outcome, said] :
       {std::pair(Join::kFull, "say room_full goodbye"),
        std::pair(Join::kLocked, "say room_locked goodbye"),
        std::pair(Join::kUnavailable, "say service_unavailable goodbye")}) {
    DialogueScript script;
    script.Start();
    script.Press("212345678901");
    script.LookedUp(Looked::kAccepted);
    EXPECT_EQ(script.Joined(1, outcome), said);
    EXPECT_EQ(script.PromptEnds(), "hang up");
  }
}

TEST(Joining, AJoinWithoutAnswerEndsTheCall) {
  DialogueScript script;
  script.Start();
  script.Press("212345678901");
  script.LookedUp(Looked::kAccepted);
  EXPECT_EQ(script.Wait(), "say service_unavailable goodbye");
}

TEST(Joining, ByPinAloneWhereTheNumberSaysSo) {
  DialogueScript script;
  EXPECT_EQ(script.Start({}, Language::kPolish, EntryKind::kPin), "say greeting enter_pin_only");
  EXPECT_EQ(script.Press("678901"), "stop\nlook up - 678901");
  EXPECT_EQ(script.LookedUp(Looked::kRefused), "say wrong_room_or_pin enter_pin_only");
}

TEST(Joining, ByRoomAndPinWithoutAMenu) {
  DialogueScript script;
  EXPECT_EQ(script.Start({}, Language::kEnglish, EntryKind::kRoomAndPin),
            "say greeting enter_room");
  EXPECT_EQ(script.Press("12345"), "stop\nsay enter_pin");
  EXPECT_EQ(script.Press("*"), "say enter_room");
}

// ---- Reserving

TEST(Reserving, SpeaksRoomAndPinTwiceAndSendsTheSmsToTheCallingMobile) {
  DialogueScript script;
  script.Start(Mobile());
  EXPECT_EQ(script.Press("3"), "stop\nreserve pl +48601234567");
  EXPECT_EQ(script.Reserved("12345", "678901"),
            "say reserved room_and_pin(12345,678901) room_and_pin_again(12345,678901) "
            "valid_until(2026-11-29T12:30) sms_to_caller after_reservation");
}

TEST(Reserving, RoomAndPinCanBeRepeatedAndThenTheRoomEntered) {
  DialogueScript script;
  script.Start(Mobile());
  script.Press("3");
  script.Reserved("12345", "678901");
  EXPECT_EQ(script.Press("0"), "say room_and_pin(12345,678901) after_reservation");
  EXPECT_EQ(script.Press("2"), "stop\njoin r1");
  EXPECT_EQ(script.Joined(1), "say first_in_conference");
}

TEST(Reserving, AfterwardsStarLeadsToTheMenuAndSilenceToGoodbye) {
  DialogueScript script;
  script.Start(Mobile());
  script.Press("3");
  script.Reserved("12345", "678901");
  EXPECT_EQ(script.Press("*"), kMenu);
  script.Press("3");
  script.Reserved("12345", "678901");
  script.PromptEnds();
  EXPECT_EQ(script.Wait(), "say no_input after_reservation");
  EXPECT_EQ(script.Press("5"), "say wrong_input after_reservation");
  EXPECT_EQ(script.Press("5"), "say wrong_input goodbye");
}

TEST(Reserving, TheRoomMayBeEnteredByAKeyPressedAhead) {
  DialogueScript script;
  script.Start(Mobile());
  script.Press("32");
  EXPECT_EQ(script.Reserved("12345", "678901"), "stop\njoin r1");
}

TEST(Reserving, ALandlineCallerKeysInAMobileAndConfirmsIt) {
  DialogueScript script;
  script.Start(Landline());
  EXPECT_EQ(script.Press("3"), "say enter_mobile");
  EXPECT_EQ(script.Press("601234567"), "stop\nsay confirm_mobile(601234567)");
  EXPECT_EQ(script.Press("0"), "say confirm_mobile(601234567)");
  EXPECT_EQ(script.Press("1"), "stop\nreserve pl +48601234567");
  EXPECT_TRUE(absl::StrContains(script.Reserved("12345", "678901"), "sms_to_number(601234567)"));
}

TEST(Reserving, AWithheldNumberIsNotUsed) {
  DialogueScript script;
  script.Start(Withheld());
  EXPECT_EQ(script.Press("3"), "say enter_mobile");
}

TEST(Reserving, AMistypedMobileCanBeKeyedAgain) {
  DialogueScript script;
  script.Start(Landline());
  script.Press("3601234567");
  EXPECT_EQ(script.Press("2"), "say enter_mobile");
  EXPECT_EQ(script.Press("48501111222#"), "stop\nsay confirm_mobile(48501111222)");
  EXPECT_EQ(script.Press("1"), "stop\nreserve pl +48501111222");
}

TEST(Reserving, WhatIsNoMobileIsAskedForAgain) {
  DialogueScript script;
  script.Start(Landline());
  script.Press("3");
  EXPECT_EQ(script.Press("221234567#"), "stop\nsay not_a_mobile enter_mobile");
  EXPECT_EQ(script.Press("12#"), "stop\nsay not_a_mobile enter_mobile");
  EXPECT_EQ(script.Press("999#"), "stop\nsay not_a_mobile goodbye");
}

TEST(Reserving, WithoutAMobileItIsMadeWithoutSms) {
  DialogueScript script;
  script.Start(Landline());
  script.Press("3");
  EXPECT_EQ(script.Press("#"), "");  // Belongs to the 3.
  script.Pass(absl::Seconds(4));
  EXPECT_EQ(script.Press("#"), "stop\nreserve pl -");
  EXPECT_TRUE(absl::StrContains(script.Reserved("12345", "678901", false), " no_sms "));
}

TEST(Reserving, AnSmsThatALimitForbadeIsNotPromised) {
  DialogueScript script;
  script.Start(Mobile());
  script.Press("3");
  EXPECT_TRUE(absl::StrContains(script.Reserved("12345", "678901", false), " no_sms "));
}

TEST(Reserving, ARefusalAndAnOutageAreSaid) {
  DialogueScript script;
  script.Start(Mobile());
  script.Press("3");
  EXPECT_EQ(script.ReservationFails(Made::kRefused),
            "say reservation_refused offer_language@en main_menu");
  script.Press("3");
  EXPECT_EQ(script.ReservationFails(Made::kUnavailable),
            "say service_unavailable offer_language@en main_menu");
}

TEST(Reserving, AnAnswerWithoutRoomIsAnOutage) {
  DialogueScript script;
  script.Start(Mobile());
  script.Press("3");
  EXPECT_EQ(script.ReservationFails(Made::kMade),
            "say service_unavailable offer_language@en main_menu");
}

// ---- Extending

TEST(Extending, AsksForRoomAndPinAndSaysTheNewExpiry) {
  DialogueScript script;
  script.Start();
  EXPECT_EQ(script.Press("4"), "say enter_room");
  EXPECT_EQ(script.Press("12345678901"), "stop\nsay enter_pin\nstop\nextend 12345 678901");
  EXPECT_EQ(script.Extended(Extension::kExtended),
            "say extended(2026-11-29T12:30) offer_language@en main_menu");
}

TEST(Extending, SaysWhenItIsTooFarAhead) {
  DialogueScript script;
  script.Start();
  script.Press("412345678901");
  EXPECT_EQ(script.Extended(Extension::kTooFarAhead),
            "say extension_too_far(2026-11-29T12:30) offer_language@en main_menu");
}

TEST(Extending, IsRefusedAsJoiningIs) {
  DialogueScript script;
  script.Start();
  script.Press("412345678901");
  EXPECT_EQ(script.Extended(Extension::kRefused), "say wrong_room_or_pin enter_room");
  script.Press("12345678901");
  EXPECT_EQ(script.Extended(Extension::kLockedOut), "say locked_out goodbye");
}

TEST(Extending, AfterwardsJoiningIsJoining) {
  DialogueScript script;
  script.Start();
  script.Press("412345678901");
  script.Extended(Extension::kExtended);
  EXPECT_EQ(script.Press("212345678901"),
            "say enter_room\nstop\nsay enter_pin\nstop\nlook up 12345 678901");
}

// ---- The frame

TEST(Dialogue, NothingFollowsTheEndOfTheCall) {
  DialogueScript script;
  script.Start();
  EXPECT_EQ(script.Happens(CallEnded{}), "");
  EXPECT_EQ(script.Press("2"), "");
  EXPECT_EQ(script.PromptEnds(), "");
  EXPECT_EQ(script.state().stage, Stage::kEnded);
}

TEST(Dialogue, NothingHappensBeforeTheCallAndItStartsOnce) {
  DialogueScript script;
  EXPECT_EQ(script.Press("2"), "");
  script.Start();
  EXPECT_EQ(script.Start(), "");
}

TEST(Dialogue, AStepStartsAtMostOnePlaybackAndOneTimer) {
  DialogueScript script;
  script.Start(Mobile());
  script.Press("3");
  script.Press("*12");
  const size_t before = script.actions().size();
  script.Reserved("12345", "678901");
  int plays = 0;
  int timers = 0;
  for (size_t i = before; i < script.actions().size(); ++i) {
    plays += std::holds_alternative<Play>(script.actions()[i]);
    timers += std::holds_alternative<ivr::StartTimer>(script.actions()[i]);
  }
  EXPECT_EQ(plays, 1);
  EXPECT_EQ(timers, 1);
  EXPECT_EQ(script.state().stage, Stage::kEnterRoom);
  EXPECT_EQ(script.state().language, Language::kEnglish);
}

TEST(Dialogue, TheCallLimitEndsTheMenuToo) {
  DialogueScript script;
  script.Start();
  EXPECT_EQ(script.Happens(ConferenceLeft{ConferenceLeft::Why::kCallLimit}),
            "say call_limit_reached goodbye");
}

}  // namespace
}  // namespace narada::control::ivr
