// What the API does to legs: negotiation and hold, mutes and groups, keys.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mixer/service/mixer_server_fixture.h"

namespace narada::mixer::service {
namespace {

using ::testing::HasSubstr;

TEST_F(MixerServerTest, HoldIsReadFromAnOfferAndOurOwnOfferIsAnswered) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto phone = NewPhone();
  const std::string leg = Join("talk", *phone);
  v1::NegotiateLegRequest request;
  request.set_leg_id(leg);
  request.set_sdp_offer(phone->LocalSdp("sendonly"));
  v1::NegotiateLegResponse response;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::NegotiateLeg, request, &response),
            absl::OkStatus());
  EXPECT_TRUE(response.leg().media().is_held_by_remote());
  EXPECT_THAT(response.sdp(), HasSubstr("a=recvonly"));
  request.set_sdp_answer(phone->LocalSdp());
  EXPECT_EQ(
      ReasonOf(Call(*legs_, &v1::LegService::StubInterface::NegotiateLeg, request, &response)),
      "NO_OFFER_PENDING");

  auto callee = NewPhone();
  v1::AddLegRequest call_out;
  call_out.set_room_id("talk");
  call_out.mutable_offer();
  const absl::StatusOr<v1::AddLegResponse> offered = AddLeg(call_out);
  ASSERT_TRUE(offered.ok()) << offered.status();
  EXPECT_EQ(offered->leg().state(), v1::LEG_STATE_OFFERED);
  ASSERT_EQ(callee->Start(offered->sdp()), absl::OkStatus());
  request.set_leg_id(offered->leg().leg_id());
  request.set_sdp_answer(callee->LocalSdp());
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::NegotiateLeg, request, &response),
            absl::OkStatus());
  EXPECT_EQ(response.leg().state(), v1::LEG_STATE_ACTIVE);
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_GT(callee->Report().packets_received, 5u);
}

TEST_F(MixerServerTest, WhoHoldsWithMusicIsNotHeardAndHisKeysCount) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto holder = NewPhone();
  auto listener = NewPhone();
  const std::string leg = Join("talk", *holder);
  Join("talk", *listener);
  holder->SayTones({{440, -20}});
  const auto last_second_dbov = [&listener] {
    const phone::HeardAudio heard = listener->Heard();
    return heard.ToneLevelDbov(440, heard.length() - absl::Seconds(1), heard.length());
  };
  absl::SleepFor(absl::Seconds(2));
  EXPECT_NEAR(last_second_dbov(), -20, 1.5);

  v1::NegotiateLegRequest request;
  v1::NegotiateLegResponse response;
  request.set_leg_id(leg);
  request.set_sdp_offer(holder->LocalSdp("sendonly"));
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::NegotiateLeg, request, &response),
            absl::OkStatus());
  ASSERT_EQ(holder->Start(response.sdp()), absl::OkStatus());
  const uint64_t sent = holder->Report().packets_sent;
  const uint64_t before = state_.last_sequence();
  absl::SleepFor(absl::Milliseconds(1500));
  EXPECT_LT(last_second_dbov(), -60);
  EXPECT_GT(holder->Report().packets_sent, sent + 50) << "the music plays on";
  ASSERT_EQ(holder->Press("7"), absl::OkStatus());
  EXPECT_TRUE(WaitForEvent(
      before, [](const v1::Event& event) { return event.digit_received().digit() == "7"; }));

  request.set_sdp_offer(holder->LocalSdp("sendrecv"));
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::NegotiateLeg, request, &response),
            absl::OkStatus());
  ASSERT_EQ(holder->Start(response.sdp()), absl::OkStatus());
  absl::SleepFor(absl::Milliseconds(1500));
  EXPECT_NEAR(last_second_dbov(), -20, 1.5);
}

TEST_F(MixerServerTest, ALegIsMutedAndItsKeysGoBothWays) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto first = NewPhone();
  auto second = NewPhone();
  const std::string leg = Join("talk", *first);
  Join("talk", *second);
  first->SayTones({{440, -20}});
  v1::UpdateLegRequest update;
  update.set_leg_id(leg);
  update.mutable_settings()->set_mute(v1::MUTE_STATE_MUTED);
  update.mutable_update_mask()->add_paths("mute");
  v1::UpdateLegResponse updated;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::UpdateLeg, update, &updated),
            absl::OkStatus());
  EXPECT_EQ(updated.leg().settings().mute(), v1::MUTE_STATE_MUTED);
  absl::SleepFor(absl::Seconds(2));
  const phone::HeardAudio heard = second->Heard();
  EXPECT_LT(heard.ToneLevelDbov(440, heard.length() - absl::Seconds(1), heard.length()), -60);

  const uint64_t before = state_.last_sequence();
  v1::InjectDigitsRequest inject;
  inject.set_leg_id(leg);
  inject.set_digits("*6");
  v1::InjectDigitsResponse injected;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::InjectDigits, inject, &injected),
            absl::OkStatus());
  std::string digits;
  EXPECT_TRUE(WaitForEvent(before, [&](const v1::Event& event) {
    digits += event.digit_received().digit();
    return digits == "*6";
  }));

  v1::SendDigitsRequest send;
  send.set_leg_id(leg);
  send.set_digits("42");
  v1::SendDigitsResponse sent;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::SendDigits, send, &sent),
            absl::OkStatus());
  absl::SleepFor(absl::Seconds(1));
  std::string received;
  for (const phone::DigitEvent& event : first->Report().digits_received) received += event.digit;
  EXPECT_EQ(received, "42");
}

// A coach whom the trainee alone hears; then one who does not want to hear another; then a lecture.
TEST_F(MixerServerTest, WhoHearsWhomIsAsTheRoomAndItsLegsSay) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  constexpr double kTones[] = {440, 790, 1230};
  enum { kCustomer, kTrainee, kCoach };
  std::vector<std::unique_ptr<phone::MediaSession>> phones;
  std::vector<std::string> legs;
  for (const double tone : kTones) {
    phones.push_back(NewPhone());
    legs.push_back(Join("talk", *phones.back()));
    phones.back()->SayTones({{tone, -25}});
  }
  const auto hears = [&](int listener, int speaker) {
    const phone::HeardAudio heard = phones[static_cast<size_t>(listener)]->Heard();
    return heard.ToneLevelDbov(kTones[speaker], heard.length() - absl::Milliseconds(800),
                               heard.length()) > -40;
  };
  const auto update_room = [&](const v1::RoomSettings& settings, const char* path) {
    v1::UpdateRoomRequest request;
    request.set_room_id("talk");
    *request.mutable_settings() = settings;
    request.mutable_update_mask()->add_paths(path);
    v1::UpdateRoomResponse response;
    return Call(*rooms_, &v1::RoomService::StubInterface::UpdateRoom, request, &response);
  };
  const auto update_leg = [&](int leg, const v1::LegSettings& settings, const char* path) {
    v1::UpdateLegRequest request;
    request.set_leg_id(legs[static_cast<size_t>(leg)]);
    *request.mutable_settings() = settings;
    request.mutable_update_mask()->add_paths(path);
    v1::UpdateLegResponse response;
    return Call(*legs_, &v1::LegService::StubInterface::UpdateLeg, request, &response);
  };

  v1::RoomSettings settings;
  v1::Group* const all = settings.add_groups();
  all->add_hears();
  all->add_hears()->set_group_id("trainee");
  v1::Group* const trainee = settings.add_groups();
  trainee->set_group_id("trainee");
  trainee->add_hears();
  trainee->add_hears()->set_group_id("coach");
  v1::Group* const coach = settings.add_groups();
  coach->set_group_id("coach");
  coach->add_hears();
  coach->add_hears()->set_group_id("trainee");
  ASSERT_EQ(update_room(settings, "groups"), absl::OkStatus());
  v1::LegSettings in_group;
  in_group.set_group_id("trainee");
  ASSERT_EQ(update_leg(kTrainee, in_group, "group_id"), absl::OkStatus());
  in_group.set_group_id("coach");
  ASSERT_EQ(update_leg(kCoach, in_group, "group_id"), absl::OkStatus());
  absl::SleepFor(absl::Seconds(2));
  EXPECT_TRUE(hears(kTrainee, kCoach) && hears(kTrainee, kCustomer));
  EXPECT_TRUE(hears(kCoach, kTrainee) && hears(kCoach, kCustomer));
  EXPECT_TRUE(hears(kCustomer, kTrainee));
  EXPECT_FALSE(hears(kCustomer, kCoach)) << "the coach is a secret";

  v1::LegSettings excluding;
  excluding.add_excluded_leg_ids(legs[kCustomer]);
  ASSERT_EQ(update_leg(kCoach, excluding, "excluded_leg_ids"), absl::OkStatus());
  absl::SleepFor(absl::Seconds(2));
  EXPECT_TRUE(hears(kCoach, kTrainee) && hears(kTrainee, kCustomer));
  EXPECT_FALSE(hears(kCoach, kCustomer)) << "muted for the coach alone";

  settings.set_lecture(true);
  ASSERT_EQ(update_room(settings, "lecture"), absl::OkStatus());
  v1::LegSettings presenting;
  presenting.set_talk_right(v1::TALK_RIGHT_PRESENTER);
  ASSERT_EQ(update_leg(kTrainee, presenting, "talk_right"), absl::OkStatus());
  absl::SleepFor(absl::Seconds(2));
  EXPECT_TRUE(hears(kCustomer, kTrainee));
  EXPECT_FALSE(hears(kTrainee, kCustomer)) << "the audience listens";

  settings.mutable_groups(1)->set_group_id("NOT ALLOWED");
  EXPECT_EQ(FieldOf(update_room(settings, "groups")), "settings.groups[1].group_id");
  settings.mutable_groups(1)->set_group_id("coach");
  EXPECT_EQ(FieldOf(update_room(settings, "groups")), "settings.groups[2].group_id") << "twice";
  in_group.set_group_id("NOT ALLOWED");
  EXPECT_EQ(FieldOf(update_leg(kCoach, in_group, "group_id")), "settings.group_id");
}

// Where a phone has agreed to telephone-event, tones are searched when the leg is told so; where it
// has none, from the start.
TEST_F(MixerServerTest, TonesOfKeysAreFoundWhereTheLegSaysSo) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  const auto press = [this](phone::MediaSession& phone, const std::string& digits) {
    const uint64_t before = state_.last_sequence();
    phone.SaySamples(phone::DtmfSamples(digits));
    std::string told;
    WaitForEvent(before, [&](const v1::Event& event) {
      if (event.has_digit_received()) {
        EXPECT_EQ(event.digit_received().path(), v1::DIGIT_PATH_IN_BAND);
        told += event.digit_received().digit();
      }
      return told == digits;
    });
    EXPECT_EQ(told, digits);
  };
  auto phone = NewPhone();
  const std::string leg = Join("talk", *phone);
  v1::UpdateLegRequest update;
  update.set_leg_id(leg);
  update.mutable_settings()->set_in_band_digits(v1::IN_BAND_DIGITS_ON);
  update.mutable_update_mask()->add_paths("in_band_digits");
  v1::UpdateLegResponse updated;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::UpdateLeg, update, &updated),
            absl::OkStatus());
  absl::SleepFor(absl::Milliseconds(300));
  press(*phone, "159#");

  auto plain = NewPhone();
  v1::AddLegRequest request;
  request.set_room_id("talk");
  // Its offer without telephone-event.
  request.set_sdp_offer(absl::StrReplaceAll(plain->LocalSdp(), {{"telephone-event", "x-none"}}));
  const absl::StatusOr<v1::AddLegResponse> added = AddLeg(request);
  ASSERT_TRUE(added.ok()) << added.status();
  ASSERT_EQ(plain->Start(added->sdp()), absl::OkStatus());
  absl::SleepFor(absl::Milliseconds(300));
  press(*plain, "*6");
}

}  // namespace
}  // namespace narada::mixer::service
