// Legs that ask for a socket that they share, by the API.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mixer/service/metrics.h"
#include "mixer/service/mixer_server_fixture.h"

namespace narada::mixer::service {
namespace {

using ::testing::HasSubstr;

class SharedSocketsServerTest : public MixerServerTest {
 protected:
  SharedSocketsServerTest() : MixerServerTest(/*shared_sockets=*/2) {}

  v1::AddLegRequest RequestFor(const std::string& room, phone::MediaSession& phone) {
    v1::AddLegRequest request;
    request.set_room_id(room);
    request.set_sdp_offer(phone.LocalSdp());
    // Of the same host as the phones: to be trusted with any port, were the socket the leg's own.
    request.set_signaling_address("127.0.0.1");
    request.set_socket(v1::LEG_SOCKET_SHARED);
    return request;
  }

  v1::Leg JoinShared(const std::string& room, phone::MediaSession& phone) {
    const absl::StatusOr<v1::AddLegResponse> response = AddLeg(RequestFor(room, phone));
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return {};
    EXPECT_EQ(phone.Start(response->sdp()), absl::OkStatus());
    return response->leg();
  }

  static double LastSecondDbov(phone::MediaSession& phone, double hz) {
    const phone::HeardAudio heard = phone.Heard();
    return heard.ToneLevelDbov(hz, heard.length() - absl::Seconds(1), heard.length());
  }

  double Metric(const std::string& name, const std::string& reason) {
    double sum = 0;
    for (const auto& family : MixerMetrics(*context_).Collect()) {
      if (family.name != name) continue;
      for (const auto& metric : family.metric) {
        for (const auto& label : metric.label) {
          if (label.value == reason) sum += metric.counter.value;
        }
      }
    }
    return sum;
  }
};

TEST_F(MixerServerTest, AMixerWithoutSharedSocketsSaysHowToHaveThem) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto phone = NewPhone();
  v1::AddLegRequest request;
  request.set_room_id("talk");
  request.set_sdp_offer(phone->LocalSdp());
  request.set_socket(v1::LEG_SOCKET_SHARED);
  const absl::Status refused = AddLeg(request).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), "NO_SHARED_SOCKETS");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("shared_sockets"));
  request.set_socket(v1::LEG_SOCKET_OWN);
  const absl::StatusOr<v1::AddLegResponse> own = AddLeg(request);
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(own->leg().socket(), v1::LEG_SOCKET_OWN);
}

TEST_F(SharedSocketsServerTest, PhonesOnOnePortHearEachOtherAndAStrangerIsNotHeard) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  std::vector<std::unique_ptr<phone::MediaSession>> phones;
  std::vector<v1::Leg> legs;
  for (int i = 0; i < 4; ++i) {
    phones.push_back(NewPhone());
    legs.push_back(JoinShared("talk", *phones.back()));
    EXPECT_EQ(legs.back().socket(), v1::LEG_SOCKET_SHARED);
  }
  // Two sockets of the room's worker, each with two of the legs.
  const uint32_t first_port = legs[0].media().local_rtp_port();
  EXPECT_TRUE(first_port == kSharedPort || first_port == kSharedPort + 4) << first_port;
  EXPECT_EQ(legs[1].media().local_rtp_port(), first_port + 2);
  EXPECT_EQ(legs[2].media().local_rtp_port(), first_port);
  EXPECT_EQ(legs[3].media().local_rtp_port(), first_port + 2);
  phones[0]->SayTones({{440, -20}});
  phones[1]->SayTones({{700, -20}});
  auto stranger = NewPhone();
  ASSERT_EQ(stranger->StartTo("127.0.0.1", static_cast<uint16_t>(first_port), phone::Codec::kPcma),
            absl::OkStatus());
  stranger->SayTones({{1500, -10}});
  absl::SleepFor(absl::Seconds(3));
  EXPECT_NEAR(LastSecondDbov(*phones[2], 440), -20, 1.5);
  EXPECT_NEAR(LastSecondDbov(*phones[3], 700), -20, 1.5);
  EXPECT_NEAR(LastSecondDbov(*phones[1], 440), -20, 1.5);
  EXPECT_LT(LastSecondDbov(*phones[0], 440), -60);
  EXPECT_LT(LastSecondDbov(*phones[2], 1500), -60) << "of the signaling address, but not signalled";
  EXPECT_EQ(stranger->Report().packets_received, 0u);
  EXPECT_GT(Metric("narada_mixer_network_drops_total", "source_unknown"), 100);
}

TEST_F(SharedSocketsServerTest, TwoFarEndsOfOneAddressGetASocketEachAndTheThirdOneOfItsOwn) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto phone = NewPhone();
  const v1::Leg first = JoinShared("talk", *phone);
  const v1::Leg second = JoinShared("talk", *phone);
  const v1::Leg third = JoinShared("talk", *phone);
  EXPECT_EQ(first.socket(), v1::LEG_SOCKET_SHARED);
  EXPECT_EQ(second.socket(), v1::LEG_SOCKET_SHARED);
  EXPECT_NE(first.media().local_rtp_port(), second.media().local_rtp_port());
  EXPECT_EQ(third.socket(), v1::LEG_SOCKET_OWN);
  EXPECT_LT(third.media().local_rtp_port(), kSharedPort);
  // The address is free again when its leg has gone.
  v1::RemoveLegRequest remove;
  remove.set_leg_id(first.leg_id());
  v1::RemoveLegResponse removed;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::RemoveLeg, remove, &removed),
            absl::OkStatus());
  EXPECT_EQ(JoinShared("talk", *phone).media().local_rtp_port(), first.media().local_rtp_port());
}

TEST_F(SharedSocketsServerTest, AReinviteMovesALegToAFreeAddressAndToNoOther) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto mover = NewPhone();
  auto stayer = NewPhone();
  auto between = NewPhone();
  const v1::Leg leg = JoinShared("talk", *mover);
  JoinShared("talk", *between);  // On the other socket.
  const v1::Leg neighbour = JoinShared("talk", *stayer);
  ASSERT_EQ(neighbour.media().local_rtp_port(), leg.media().local_rtp_port());
  v1::NegotiateLegRequest request;
  request.set_leg_id(leg.leg_id());
  request.set_sdp_offer(stayer->LocalSdp());
  v1::NegotiateLegResponse response;
  const absl::Status refused =
      Call(*legs_, &v1::LegService::StubInterface::NegotiateLeg, request, &response);
  EXPECT_EQ(ReasonOf(refused), "SHARED_SOURCE_TAKEN");
  EXPECT_EQ(refused.code(), absl::StatusCode::kAlreadyExists);

  auto other = NewPhone();
  request.set_sdp_offer(other->LocalSdp());
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::NegotiateLeg, request, &response),
            absl::OkStatus());
  ASSERT_EQ(other->Start(response.sdp()), absl::OkStatus());
  other->SayTones({{440, -20}});
  mover->SayTones({{700, -20}});
  absl::SleepFor(absl::Seconds(2));
  EXPECT_NEAR(LastSecondDbov(*stayer, 440), -20, 1.5);
  EXPECT_LT(LastSecondDbov(*stayer, 700), -60);
  EXPECT_GT(other->Report().packets_received, 50u);
}

// A call out: where the far end is comes with its answer.
TEST_F(SharedSocketsServerTest, AnOfferOfOursNamesTheSharedPortAndTheAnswerWhoMaySpeakThere) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto listener = NewPhone();
  JoinShared("talk", *listener);
  v1::AddLegRequest call_out;
  call_out.set_room_id("talk");
  call_out.mutable_offer();
  call_out.set_socket(v1::LEG_SOCKET_SHARED);
  const absl::StatusOr<v1::AddLegResponse> offered = AddLeg(call_out);
  ASSERT_TRUE(offered.ok()) << offered.status();
  EXPECT_THAT(offered->sdp(),
              HasSubstr(absl::StrCat("m=audio ", offered->leg().media().local_rtp_port(), " ")));
  auto callee = NewPhone();
  ASSERT_EQ(callee->Start(offered->sdp()), absl::OkStatus());
  callee->SayTones({{440, -20}});
  v1::NegotiateLegRequest request;
  request.set_leg_id(offered->leg().leg_id());
  request.set_sdp_answer(callee->LocalSdp());
  v1::NegotiateLegResponse response;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::NegotiateLeg, request, &response),
            absl::OkStatus());
  absl::SleepFor(absl::Seconds(2));
  EXPECT_NEAR(LastSecondDbov(*listener, 440), -20, 1.5);
}

TEST_F(SharedSocketsServerTest, WhatTheFarEndSendsUnderSrtpIsHeardOnASharedPort) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  phone::MediaSession::Options options;
  options.srtp_suites = {"AES_CM_128_HMAC_SHA1_80"};
  auto secure = *phone::MediaSession::Open(loop_, options);
  auto listener = NewPhone();
  JoinShared("talk", *secure);
  JoinShared("talk", *listener);
  secure->SayTones({{440, -20}});
  absl::SleepFor(absl::Seconds(2));
  EXPECT_NEAR(LastSecondDbov(*listener, 440), -20, 1.5);
  EXPECT_TRUE(secure->Report().is_secure);
  EXPECT_EQ(secure->Report().packets_unauthentic, 0u);
}

TEST_F(SharedSocketsServerTest, ALegStaysOnItsWorkerAndTheMixerSaysWhatItHas) {
  ASSERT_EQ(CreateRoom("here"), absl::OkStatus());
  ASSERT_EQ(CreateRoom("there"), absl::OkStatus());
  auto phone = NewPhone();
  auto other = NewPhone();
  const v1::Leg leg = JoinShared("here", *phone);
  // A room of the other worker: it takes the less loaded one.
  const std::string far_leg = Join("there", *other);
  const auto here = state_.FindRoom("here");
  const auto there = state_.FindRoom("there");
  ASSERT_NE(*engine_->WorkerOf(here->number), *engine_->WorkerOf(there->number));
  v1::MoveLegRequest move;
  move.set_leg_id(leg.leg_id());
  move.set_room_id("there");
  v1::MoveLegResponse moved;
  const absl::Status refused = Call(*legs_, &v1::LegService::StubInterface::MoveLeg, move, &moved);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), "ROOM_ON_OTHER_WORKER");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("add it to the room anew"));
  // A leg with sockets of its own goes where it likes, also to a room of legs that share one.
  move.set_leg_id(far_leg);
  move.set_room_id("here");
  EXPECT_EQ(Call(*legs_, &v1::LegService::StubInterface::MoveLeg, move, &moved), absl::OkStatus());
  v1::GetMixerResponse mixer;
  ASSERT_EQ(Call(*mixer_, &v1::MixerService::StubInterface::GetMixer, {}, &mixer),
            absl::OkStatus());
  EXPECT_EQ(mixer.mixer().shared_sockets_per_worker(), 2u);
}

}  // namespace
}  // namespace narada::mixer::service
