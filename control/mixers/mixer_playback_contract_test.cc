// The part of the mixers' contract that is about digits, playback and watching.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/status.h"
#include "control/mixers/mixer_contract.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace narada::control::mixers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// ---- Digits

TEST_P(MixerContract, EveryInjectedDigitArrivesOnceAndInOrder) {
  const std::string anna = Join("anna", "hall");
  EXPECT_EQ(call_.InjectDigits(anna, "1122#"), absl::OkStatus());
  EXPECT_EQ(call_.InjectDigits(anna, "*"), absl::OkStatus());
  EXPECT_THAT(recorder_.WaitForEvents(6),
              ElementsAre("anna@hall: digit 1", "anna@hall: digit 1", "anna@hall: digit 2",
                          "anna@hall: digit 2", "anna@hall: digit #", "anna@hall: digit *"));
}

TEST_P(MixerContract, WhatIsNoDigitIsRefused) {
  const std::string anna = Join("anna", "hall");
  const absl::Status refused = call_.InjectDigits(anna, "1x");
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(refused), "FIELD_INVALID");
  EXPECT_EQ(ReasonOf(call_.InjectDigits(anna, "")), "FIELD_INVALID");
}

// ---- Playback

TEST_P(MixerContract, EndOfAPromptIsToldWithItsId) {
  const std::string anna = Join("anna", "hall");
  EXPECT_EQ(call_.Play(Prompt("p-1", anna)), absl::OkStatus());
  subject_->LetPlaybackEnd(anna);
  EXPECT_THAT(recorder_.WaitForEvents(1), ElementsAre("anna@hall: ended p-1"));
}

TEST_P(MixerContract, PlaybackTakesThePlaceOfTheOneBefore) {
  const std::string anna = Join("anna", "hall");
  EXPECT_EQ(call_.Play(Music("p-1", anna)), absl::OkStatus());
  EXPECT_EQ(call_.Play(Prompt("p-2", anna)), absl::OkStatus());
  subject_->LetPlaybackEnd(anna);
  EXPECT_THAT(recorder_.WaitForEvents(2),
              ElementsAre("anna@hall: ended p-1", "anna@hall: ended p-2"));
}

TEST_P(MixerContract, AppendedPlaybackWaitsForTheOneBefore) {
  const std::string anna = Join("anna", "hall");
  NewPlayback second = Prompt("p-2", anna);
  second.append = true;
  EXPECT_EQ(call_.Play(Music("p-1", anna)), absl::OkStatus());
  EXPECT_EQ(call_.Play(second), absl::OkStatus());
  EXPECT_EQ(call_.InjectDigits(anna, "1"), absl::OkStatus());  // Nothing has ended by now.
  EXPECT_THAT(recorder_.WaitForEvents(1), ElementsAre("anna@hall: digit 1"));
  EXPECT_EQ(call_.StopPlayback(LegTarget{anna}), absl::OkStatus());
  EXPECT_THAT(recorder_.WaitForEvents(3),
              ElementsAre("anna@hall: digit 1", "anna@hall: ended p-1", "anna@hall: ended p-2"));
}

TEST_P(MixerContract, AppendedPlaybackBeginsWhenTheOneBeforeEnds) {
  const std::string anna = Join("anna", "hall");
  NewPlayback second = Prompt("p-2", anna);
  second.append = true;
  EXPECT_EQ(call_.Play(Prompt("p-1", anna)), absl::OkStatus());
  EXPECT_EQ(call_.Play(second), absl::OkStatus());
  subject_->LetPlaybackEnd(anna);
  subject_->LetPlaybackEnd(anna);
  EXPECT_THAT(recorder_.WaitForEvents(2),
              ElementsAre("anna@hall: ended p-1", "anna@hall: ended p-2"));
}

TEST_P(MixerContract, SamePlaybackIdPlaysOnce) {
  const std::string anna = Join("anna", "hall");
  EXPECT_EQ(call_.Play(Music("p-1", anna)), absl::OkStatus());
  EXPECT_EQ(call_.Play(Music("p-1", anna)), absl::OkStatus());
  EXPECT_EQ(call_.StopPlayback(LegTarget{anna}), absl::OkStatus());
  EXPECT_EQ(recorder_.WaitForEvents(1).size(), 1u);
  EXPECT_EQ(call_.Play(Prompt("p-1", anna)), absl::OkStatus());  // Has been.
  EXPECT_EQ(call_.InjectDigits(anna, "1"), absl::OkStatus());
  EXPECT_THAT(recorder_.WaitForEvents(2),
              ElementsAre("anna@hall: ended p-1", "anna@hall: digit 1"));
}

TEST_P(MixerContract, DigitThatBargesInComesAfterTheEndOfThePlayback) {
  const std::string anna = Join("anna", "hall");
  NewPlayback playback = Music("p-1", anna);
  playback.digit_barges_in = true;
  EXPECT_EQ(call_.Play(playback), absl::OkStatus());
  EXPECT_EQ(call_.InjectDigits(anna, "7"), absl::OkStatus());
  EXPECT_THAT(recorder_.WaitForEvents(2),
              ElementsAre("anna@hall: ended p-1", "anna@hall: digit 7"));
}

TEST_P(MixerContract, DigitDoesNotEndAPlaybackThatForbidsIt) {
  const std::string anna = Join("anna", "hall");
  EXPECT_EQ(call_.Play(Music("p-1", anna)), absl::OkStatus());
  EXPECT_EQ(call_.InjectDigits(anna, "7"), absl::OkStatus());
  EXPECT_THAT(recorder_.WaitForEvents(1), ElementsAre("anna@hall: digit 7"));
  EXPECT_EQ(call_.StopPlayback(LegTarget{anna}), absl::OkStatus());
  EXPECT_THAT(recorder_.WaitForEvents(2),
              ElementsAre("anna@hall: digit 7", "anna@hall: ended p-1"));
}

TEST_P(MixerContract, MoveEndsThePlaybackOnlyIfAsked) {
  const std::string anna = Join("anna", "entrance");
  ASSERT_EQ(call_.CreateRoom("hall"), absl::OkStatus());
  EXPECT_EQ(call_.Play(Music("p-1", anna)), absl::OkStatus());
  EXPECT_EQ(call_.MoveLeg(anna, "hall", false), absl::OkStatus());
  EXPECT_EQ(call_.InjectDigits(anna, "1"), absl::OkStatus());
  EXPECT_THAT(recorder_.WaitForEvents(1), ElementsAre("anna@hall: digit 1"));
  EXPECT_EQ(call_.MoveLeg(anna, "entrance", true), absl::OkStatus());
  EXPECT_THAT(recorder_.WaitForEvents(2),
              ElementsAre("anna@hall: digit 1", "anna@entrance: ended p-1"));
}

TEST_P(MixerContract, PlaybackOfARemovedLegEndsBeforeTheLegDoes) {
  const std::string anna = Join("anna", "hall");
  EXPECT_EQ(call_.Play(Music("p-1", anna)), absl::OkStatus());
  EXPECT_EQ(call_.RemoveLeg(anna), absl::OkStatus());
  EXPECT_THAT(recorder_.WaitForEvents(2), ElementsAre("anna@hall: ended p-1", "anna@hall: gone"));
}

TEST_P(MixerContract, RoomIsPlayedToAndAnUnknownOneIsNot) {
  const std::string anna = Join("anna", "hall");
  NewPlayback playback = {
      .playback_id = "p-1", .target = RoomTarget{"hall"}, .items = {PlayPrompt{kSubjectPrompt}}};
  EXPECT_EQ(call_.Play(playback), absl::OkStatus());
  EXPECT_EQ(call_.StopPlayback(RoomTarget{"hall"}), absl::OkStatus());
  playback.playback_id = "p-2";
  playback.target = RoomTarget{"nowhere"};
  EXPECT_EQ(ReasonOf(call_.Play(playback)), "ROOM_UNKNOWN");
}

TEST_P(MixerContract, PauseIsPlayedLikeAPrompt) {
  const std::string anna = Join("anna", "hall");
  EXPECT_EQ(call_.Play({.playback_id = "p-1",
                        .target = LegTarget{anna},
                        .items = {PlayPause{absl::Milliseconds(40)}, PlayPrompt{kSubjectPrompt}}}),
            absl::OkStatus());
  subject_->LetPlaybackEnd(anna);
  EXPECT_THAT(recorder_.WaitForEvents(1), ElementsAre("anna@hall: ended p-1"));
}

// ---- Watching

TEST_P(MixerContract, WhoConnectsLaterIsToldTheStateAndThenWhatChanges) {
  ASSERT_EQ(call_.CreateRoom("hall", {{"conference", "c-1"}}), absl::OkStatus());
  const std::string anna = Join("anna", "hall");
  EXPECT_EQ(call_.InjectDigits(anna, "1"), absl::OkStatus());
  EXPECT_THAT(recorder_.WaitForEvents(1), ElementsAre("anna@hall: digit 1"));

  MixerRecorder& later = Watch();
  const std::optional<MixerSnapshot> snapshot = later.WaitForSnapshot();
  ASSERT_TRUE(snapshot.has_value());
  ASSERT_EQ(snapshot->rooms.size(), 1u);
  EXPECT_EQ(snapshot->rooms[0].room_id, "hall");
  EXPECT_THAT(snapshot->rooms[0].labels, ElementsAre(Pair("conference", "c-1")));
  ASSERT_EQ(snapshot->legs.size(), 1u);
  EXPECT_EQ(snapshot->legs[0].leg_id, anna);
  EXPECT_EQ(snapshot->legs[0].room_id, "hall");
  EXPECT_THAT(snapshot->legs[0].labels, ElementsAre(Pair("call", "anna")));

  const std::string ben = Join("ben", "hall");
  EXPECT_EQ(call_.InjectDigits(ben, "2"), absl::OkStatus());
  EXPECT_THAT(later.WaitForEvents(1), ElementsAre("ben@hall: digit 2"));
  EXPECT_EQ(call_.RemoveLeg(anna), absl::OkStatus());
  EXPECT_EQ(call_.RemoveLeg(ben), absl::OkStatus());
  EXPECT_THAT(later.WaitForEvents(3),
              ElementsAre("ben@hall: digit 2", "anna@hall: gone", "ben@hall: gone"));
  EXPECT_EQ(later.events_before_snapshot(), 0u);
}

TEST_P(MixerContract, MixerThatDiedIsEmptyAndWorksAgain) {
  const std::string anna = Join("anna", "hall");
  subject_->Restart();
  const std::optional<MixerSnapshot> snapshot = recorder_.WaitForSnapshot(2);
  ASSERT_TRUE(snapshot.has_value());
  EXPECT_THAT(snapshot->rooms, IsEmpty());
  EXPECT_THAT(snapshot->legs, IsEmpty());
  EXPECT_EQ(ReasonOf(call_.FindLeg(anna)), "LEG_UNKNOWN");

  const std::string again = Join("anna", "hall");  // The same request id: the dead one forgot it.
  EXPECT_NE(again, anna);
  EXPECT_EQ(call_.Play(Prompt("p-1", again)), absl::OkStatus());  // The prompts are there again.
  subject_->LetPlaybackEnd(again);
  EXPECT_THAT(recorder_.WaitForEvents(1), ElementsAre("anna@hall: ended p-1"));
}

}  // namespace
}  // namespace narada::control::mixers
