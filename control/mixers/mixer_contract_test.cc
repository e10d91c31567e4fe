// What control relies on in a mixer, asked of the fake that control's tests use and of the real one,
// a process of its own behind gRPC. What passes with the one may be counted on with the other.
#include "control/mixers/mixer_contract.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "control/mixers/mixer.h"
#include "control/mixers/mixer_subject.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace narada::control::mixers {
namespace {

using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// ---- Rooms

TEST_P(MixerContract, FirstThingToldIsAnEmptySnapshot) {
  const std::optional<MixerSnapshot> snapshot = recorder_.WaitForSnapshot();
  ASSERT_TRUE(snapshot.has_value());
  EXPECT_THAT(snapshot->rooms, IsEmpty());
  EXPECT_THAT(snapshot->legs, IsEmpty());
}

TEST_P(MixerContract, RoomMadeTwiceIsOneRoom) {
  EXPECT_EQ(call_.CreateRoom("hall"), absl::OkStatus());
  EXPECT_EQ(call_.CreateRoom("hall"), absl::OkStatus());
  EXPECT_THAT(RoomIds(TakeSnapshot()), ElementsAre("hall"));
}

TEST_P(MixerContract, DeletedRoomIsGoneAndIsDeletedTwiceWithoutError) {
  EXPECT_EQ(call_.CreateRoom("hall"), absl::OkStatus());
  EXPECT_EQ(call_.CreateRoom("attic"), absl::OkStatus());
  EXPECT_EQ(call_.DeleteRoom("hall"), absl::OkStatus());
  EXPECT_EQ(call_.DeleteRoom("hall"), absl::OkStatus());
  EXPECT_THAT(RoomIds(TakeSnapshot()), ElementsAre("attic"));
}

TEST_P(MixerContract, RoomIsNotDeletedWhileSomebodyIsInIt) {
  const std::string anna = Join("anna", "hall");
  const absl::Status refused = call_.DeleteRoom("hall");
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), "ROOM_NOT_EMPTY");
  EXPECT_EQ(call_.FindLeg(anna), absl::OkStatus());
  EXPECT_EQ(call_.RemoveLeg(anna), absl::OkStatus());
  EXPECT_EQ(call_.DeleteRoom("hall"), absl::OkStatus());
}

// ---- Legs and SDP

TEST_P(MixerContract, OfferIsAnswered) {
  ASSERT_EQ(call_.CreateRoom("hall"), absl::OkStatus());
  const auto added = call_.AddLeg({.request_id = "r-1", .room_id = "hall", .sdp_offer = kOffer});
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_THAT(added->sdp, HasSubstr("m=audio"));
  EXPECT_EQ(call_.FindLeg(added->leg_id), absl::OkStatus());
}

TEST_P(MixerContract, SameRequestIdIsTheSameLeg) {
  ASSERT_EQ(call_.CreateRoom("hall"), absl::OkStatus());
  const NewLeg leg = {.request_id = "r-1", .room_id = "hall", .sdp_offer = kOffer};
  const auto first = call_.AddLeg(leg);
  const auto second = call_.AddLeg(leg);
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_EQ(first->leg_id, second->leg_id);
  EXPECT_EQ(first->sdp, second->sdp);
  EXPECT_EQ(TakeSnapshot().legs.size(), 1u);
}

TEST_P(MixerContract, WithoutRequestIdEveryLegIsNew) {
  ASSERT_EQ(call_.CreateRoom("hall"), absl::OkStatus());
  const auto first = call_.AddLeg({.room_id = "hall", .sdp_offer = kOffer});
  const auto second = call_.AddLeg({.room_id = "hall", .sdp_offer = kOffer});
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_NE(first->leg_id, second->leg_id);
}

TEST_P(MixerContract, WhatIsNoSdpIsRefusedAndMayBeRepaired) {
  ASSERT_EQ(call_.CreateRoom("hall"), absl::OkStatus());
  NewLeg leg = {.request_id = "r-1", .room_id = "hall", .sdp_offer = "hello"};
  const absl::Status refused = call_.AddLeg(leg).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(refused), "SDP_INVALID");
  leg.sdp_offer = kOffer;
  EXPECT_EQ(call_.AddLeg(leg).status(), absl::OkStatus());
}

TEST_P(MixerContract, OfferWithoutAudioIsUnacceptable) {
  ASSERT_EQ(call_.CreateRoom("hall"), absl::OkStatus());
  const absl::Status refused =
      call_.AddLeg({.request_id = "r-1", .room_id = "hall", .sdp_offer = kVideoOnly}).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), "MEDIA_UNACCEPTABLE");
}

TEST_P(MixerContract, NobodyEntersAnUnknownRoom) {
  const absl::Status refused =
      call_.AddLeg({.request_id = "r-1", .room_id = "nowhere", .sdp_offer = kOffer}).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(refused), "ROOM_UNKNOWN");
}

TEST_P(MixerContract, WithoutAnOfferTheMixerOffersAndTakesOneAnswer) {
  ASSERT_EQ(call_.CreateRoom("hall"), absl::OkStatus());
  const auto added = call_.AddLeg({.request_id = "r-1", .room_id = "hall"});
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_THAT(added->sdp, HasSubstr("m=audio"));
  EXPECT_EQ(call_.AcceptAnswer(added->leg_id, kOffer), absl::OkStatus());
  EXPECT_EQ(ReasonOf(call_.AcceptAnswer(added->leg_id, kOffer)), "NO_OFFER_PENDING");
}

TEST_P(MixerContract, FurtherOffersAreAnsweredAndRefusedLikeTheFirst) {
  const std::string anna = Join("anna", "hall");
  const std::string hold =
      absl::StrCat(absl::StrReplaceAll(kOffer, {{"o=- 1 1", "o=- 1 2"}}), "a=sendonly\r\n");
  const auto answer = call_.Negotiate(anna, hold);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(*answer, HasSubstr("m=audio"));
  EXPECT_EQ(ReasonOf(call_.Negotiate(anna, "hello").status()), "SDP_INVALID");
  EXPECT_EQ(ReasonOf(call_.Negotiate(anna, kVideoOnly).status()), "MEDIA_UNACCEPTABLE");
}

TEST_P(MixerContract, OfferOfTheMixersOwnGivesWayToOneOfTheFarEnd) {
  const std::string anna = Join("anna", "hall");
  const auto own = call_.Negotiate(anna, "");
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_THAT(*own, HasSubstr("m=audio"));
  EXPECT_EQ(call_.Negotiate(anna, kOffer).status(), absl::OkStatus());
  EXPECT_EQ(ReasonOf(call_.AcceptAnswer(anna, kOffer)), "NO_OFFER_PENDING");
}

TEST_P(MixerContract, UnknownLegIsNamedAsSuchByEveryCall) {
  ASSERT_EQ(call_.CreateRoom("hall"), absl::OkStatus());
  const absl::Status refusals[] = {call_.FindLeg("l-none"),
                                   call_.UpdateLeg("l-none", {.is_muted = true}),
                                   call_.InjectDigits("l-none", "5"),
                                   call_.MoveLeg("l-none", "hall", false),
                                   call_.Negotiate("l-none", kOffer).status(),
                                   call_.AcceptAnswer("l-none", kOffer),
                                   call_.Play(Prompt("p-1", "l-none"))};
  for (const absl::Status& refused : refusals) {
    EXPECT_EQ(refused.code(), absl::StatusCode::kNotFound) << refused;
    EXPECT_EQ(ReasonOf(refused), "LEG_UNKNOWN") << refused;
  }
}

TEST_P(MixerContract, WhatIsToEndAnUnknownLegIsDone) {
  EXPECT_EQ(call_.RemoveLeg("l-none"), absl::OkStatus());
  EXPECT_EQ(call_.StopPlayback(LegTarget{"l-none"}), absl::OkStatus());
  EXPECT_EQ(call_.StopPlayback(RoomTarget{"nowhere"}), absl::OkStatus());
}

TEST_P(MixerContract, MovedLegSpeaksFromItsNewRoom) {
  const std::string anna = Join("anna", "entrance");
  ASSERT_EQ(call_.CreateRoom("hall"), absl::OkStatus());
  EXPECT_EQ(call_.InjectDigits(anna, "1"), absl::OkStatus());
  EXPECT_THAT(recorder_.WaitForEvents(1), ElementsAre("anna@entrance: digit 1"));
  EXPECT_EQ(call_.MoveLeg(anna, "hall", false), absl::OkStatus());
  EXPECT_EQ(call_.InjectDigits(anna, "2"), absl::OkStatus());
  EXPECT_THAT(recorder_.WaitForEvents(2),
              ElementsAre("anna@entrance: digit 1", "anna@hall: digit 2"));
  EXPECT_EQ(call_.DeleteRoom("entrance"), absl::OkStatus());
}

TEST_P(MixerContract, LegStaysWhereItIsIfTheOtherRoomIsUnknown) {
  const std::string anna = Join("anna", "entrance");
  EXPECT_EQ(ReasonOf(call_.MoveLeg(anna, "nowhere", false)), "ROOM_UNKNOWN");
  EXPECT_EQ(call_.InjectDigits(anna, "1"), absl::OkStatus());
  EXPECT_THAT(recorder_.WaitForEvents(1), ElementsAre("anna@entrance: digit 1"));
}

TEST_P(MixerContract, MuteIsShownInTheSnapshotAndDigitsStillCount) {
  const std::string anna = Join("anna", "hall");
  const std::string ben = Join("ben", "hall");
  EXPECT_EQ(call_.UpdateLeg(anna, {.is_muted = true}), absl::OkStatus());
  EXPECT_EQ(call_.UpdateLeg(ben, {.is_muted = true}), absl::OkStatus());
  EXPECT_EQ(call_.UpdateLeg(ben, {.is_muted = false}), absl::OkStatus());
  EXPECT_EQ(call_.InjectDigits(anna, "6"), absl::OkStatus());
  EXPECT_THAT(recorder_.WaitForEvents(1), ElementsAre("anna@hall: digit 6"));
  std::vector<std::pair<std::string, bool>> muted;
  for (const KnownLeg& leg : TakeSnapshot().legs) {
    muted.emplace_back(leg.leg_id, leg.settings.is_muted);
  }
  EXPECT_THAT(muted, UnorderedElementsAre(Pair(anna, true), Pair(ben, false)));
}

TEST_P(MixerContract, AllSettingsOfALegAreShownInTheSnapshotAndTakenBackTogether) {
  const std::string anna = Join("anna", "hall");
  ASSERT_EQ(call_.UpdateRoom("hall", {.is_lecture = true, .groups = {{"side", {"side", ""}}}}),
            absl::OkStatus());
  const LegSettings all = {.is_muted = true,
                           .is_deaf = true,
                           .is_held = true,
                           .is_presenter = true,
                           .gain_db = -6,
                           .group_id = "side"};
  EXPECT_EQ(call_.UpdateLeg(anna, all), absl::OkStatus());
  EXPECT_EQ(TakeSnapshot().legs.at(0).settings, all);
  EXPECT_EQ(call_.UpdateLeg(anna, {}), absl::OkStatus());
  EXPECT_EQ(TakeSnapshot().legs.at(0).settings, LegSettings());
}

TEST_P(MixerContract, SettingsOfAnUnknownRoomAreRefused) {
  EXPECT_EQ(ReasonOf(call_.UpdateRoom("nowhere", {.is_lecture = true})), "ROOM_UNKNOWN");
}

// ---- Recording

TEST_P(MixerContract, RecordingIsPausedResumedAndStopped) {
  const std::string anna = Join("anna", "hall");
  const NewRecording recording = {
      .recording_id = "rec-1", .room_id = "hall", .with_legs = true, .labels = {{"a", "b"}}};
  EXPECT_EQ(call_.StartRecording(recording), absl::OkStatus());
  EXPECT_EQ(call_.StartRecording(recording), absl::OkStatus()) << "repeated it is the same one";
  EXPECT_EQ(call_.PauseRecording("rec-1"), absl::OkStatus());
  EXPECT_EQ(call_.ResumeRecording("rec-1"), absl::OkStatus());
  const absl::StatusOr<TrackSizes> sizes = call_.StopRecording("rec-1");
  ASSERT_TRUE(sizes.ok()) << sizes.status();
  EXPECT_THAT(*sizes, UnorderedElementsAre(Pair(anna, Gt(0)), Pair("mix", Gt(0))));
  EXPECT_EQ(*call_.StopRecording("rec-1"), *sizes) << "repeated it tells the same";
  EXPECT_EQ(ReasonOf(call_.PauseRecording("rec-1")), "RECORDING_ENDED");
}

TEST_P(MixerContract, RoomHasOneRecordingAtATime) {
  Join("anna", "hall");
  ASSERT_EQ(call_.StartRecording({.recording_id = "rec-1", .room_id = "hall"}), absl::OkStatus());
  EXPECT_EQ(ReasonOf(call_.StartRecording({.recording_id = "rec-2", .room_id = "hall"})),
            "RECORDING_EXISTS");
  ASSERT_TRUE(call_.StopRecording("rec-1").ok());
  EXPECT_EQ(call_.StartRecording({.recording_id = "rec-2", .room_id = "hall"}), absl::OkStatus());
}

TEST_P(MixerContract, UnknownRecordingsAndRoomsAreNamedAsSuch) {
  EXPECT_EQ(ReasonOf(call_.StartRecording({.recording_id = "rec-1", .room_id = "nowhere"})),
            "ROOM_UNKNOWN");
  EXPECT_EQ(ReasonOf(call_.PauseRecording("rec-1")), "RECORDING_UNKNOWN");
  EXPECT_EQ(ReasonOf(call_.ResumeRecording("rec-1")), "RECORDING_UNKNOWN");
  EXPECT_EQ(ReasonOf(call_.StopRecording("rec-1").status()), "RECORDING_UNKNOWN");
}

// ---- Legs that go

TEST_P(MixerContract, RemovedLegIsGoneAndTold) {
  const std::string anna = Join("anna", "hall");
  EXPECT_EQ(call_.RemoveLeg(anna), absl::OkStatus());
  EXPECT_THAT(recorder_.WaitForEvents(1), ElementsAre("anna@hall: gone"));
  EXPECT_EQ(call_.RemoveLeg(anna), absl::OkStatus());
  EXPECT_EQ(ReasonOf(call_.FindLeg(anna)), "LEG_UNKNOWN");
  EXPECT_THAT(TakeSnapshot().legs, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Fake, MixerContract, ::testing::Values(&NewFakeSubject));
INSTANTIATE_TEST_SUITE_P(Real, MixerContract, ::testing::Values(&NewRealSubject));

}  // namespace
}  // namespace narada::control::mixers
