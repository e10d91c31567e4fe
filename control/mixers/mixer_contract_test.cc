// What control relies on in a mixer, asked of the fake that control's tests use and of the real one,
// a process of its own behind gRPC. What passes with the one may be counted on with the other.
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
#include "control/mixers/mixer_caller.h"
#include "control/mixers/mixer_recorder.h"
#include "control/mixers/mixer_subject.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace narada::control::mixers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// Port 9 discards: nobody answers, and nobody else is disturbed.
constexpr char kOffer[] =
    "v=0\r\n"
    "o=- 1 1 IN IP4 127.0.0.1\r\n"
    "s=-\r\n"
    "c=IN IP4 127.0.0.1\r\n"
    "t=0 0\r\n"
    "m=audio 9 RTP/AVP 8 101\r\n"
    "a=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n";
constexpr char kVideoOnly[] =
    "v=0\r\n"
    "o=- 1 1 IN IP4 127.0.0.1\r\n"
    "s=-\r\n"
    "c=IN IP4 127.0.0.1\r\n"
    "t=0 0\r\n"
    "m=video 9 RTP/AVP 31\r\n";

using MakeSubject = std::unique_ptr<MixerSubject> (*)(MixerRecorder&);

class MixerContract : public ::testing::TestWithParam<MakeSubject> {
 protected:
  MixerContract() : subject_(GetParam()(recorder_)), call_(subject_->mixer()) {}

  void TearDown() override { subject_->Stop(); }

  // A phone in the room, which is made if need be; its leg's id.
  std::string Join(const std::string& name, const std::string& room) {
    EXPECT_EQ(call_.CreateRoom(room), absl::OkStatus());
    const absl::StatusOr<AddedLeg> added = call_.AddLeg(
        {.request_id = name, .room_id = room, .sdp_offer = kOffer, .labels = {{"call", name}}});
    EXPECT_TRUE(added.ok()) << added.status();
    return added.ok() ? added->leg_id : "";
  }

  static NewPlayback Prompt(const std::string& id, const std::string& leg) {
    return {.playback_id = id, .target = LegTarget{leg}, .items = {PlayPrompt{kSubjectPrompt}}};
  }
  // Plays until it is ended.
  static NewPlayback Music(const std::string& id, const std::string& leg) {
    NewPlayback playback = Prompt(id, leg);
    playback.loop = true;
    return playback;
  }

  // One more control, which connects now.
  MixerRecorder& Watch() {
    later_recorders_.push_back(std::make_unique<MixerRecorder>());
    subject_->Watch(*later_recorders_.back());
    return *later_recorders_.back();
  }
  MixerSnapshot TakeSnapshot() { return Watch().WaitForSnapshot().value_or(MixerSnapshot{}); }

  MixerRecorder recorder_;
  std::vector<std::unique_ptr<MixerRecorder>> later_recorders_;
  const std::unique_ptr<MixerSubject> subject_;
  MixerCaller call_;
};

std::vector<std::string> RoomIds(const MixerSnapshot& snapshot) {
  std::vector<std::string> ids;
  for (const KnownRoom& room : snapshot.rooms) ids.push_back(room.room_id);
  return ids;
}

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
  EXPECT_EQ(call_.StopRecording("rec-1"), absl::OkStatus());
  EXPECT_EQ(call_.StopRecording("rec-1"), absl::OkStatus());
  EXPECT_EQ(ReasonOf(call_.PauseRecording("rec-1")), "RECORDING_ENDED");
}

TEST_P(MixerContract, RoomHasOneRecordingAtATime) {
  Join("anna", "hall");
  ASSERT_EQ(call_.StartRecording({.recording_id = "rec-1", .room_id = "hall"}), absl::OkStatus());
  EXPECT_EQ(ReasonOf(call_.StartRecording({.recording_id = "rec-2", .room_id = "hall"})),
            "RECORDING_EXISTS");
  ASSERT_EQ(call_.StopRecording("rec-1"), absl::OkStatus());
  EXPECT_EQ(call_.StartRecording({.recording_id = "rec-2", .room_id = "hall"}), absl::OkStatus());
}

TEST_P(MixerContract, UnknownRecordingsAndRoomsAreNamedAsSuch) {
  EXPECT_EQ(ReasonOf(call_.StartRecording({.recording_id = "rec-1", .room_id = "nowhere"})),
            "ROOM_UNKNOWN");
  EXPECT_EQ(ReasonOf(call_.PauseRecording("rec-1")), "RECORDING_UNKNOWN");
  EXPECT_EQ(ReasonOf(call_.ResumeRecording("rec-1")), "RECORDING_UNKNOWN");
  EXPECT_EQ(ReasonOf(call_.StopRecording("rec-1")), "RECORDING_UNKNOWN");
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

INSTANTIATE_TEST_SUITE_P(Fake, MixerContract, ::testing::Values(&NewFakeSubject));
INSTANTIATE_TEST_SUITE_P(Real, MixerContract, ::testing::Values(&NewRealSubject));

}  // namespace
}  // namespace narada::control::mixers
