// The mixer by its API: a real gRPC client, real phones over loopback RTP, SDP passed between them.
#include "mixer/service/mixer_server.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "gtest/gtest.h"
#include "mixer/service/mixer_server_fixture.h"

namespace narada::mixer::service {
namespace {

TEST_F(MixerServerTest, TwoPhonesWithSdpHearEachOther) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto first = NewPhone();
  auto second = NewPhone();
  const std::string leg = Join("talk", *first);
  Join("talk", *second);
  first->SayTones({{440, -20}});
  absl::SleepFor(absl::Seconds(3));
  const phone::HeardAudio heard = second->Heard();
  EXPECT_NEAR(heard.UsualToneLevelDbov(440, heard.length() - absl::Seconds(1), heard.length()), -20,
              1.5);

  v1::GetLegStatisticsRequest request;
  request.set_leg_id(leg);
  v1::GetLegStatisticsResponse response;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::GetLegStatistics, request, &response),
            absl::OkStatus());
  EXPECT_GT(response.statistics().packets_received(), 100u);
  EXPECT_EQ(response.statistics().packets_lost(), 0);
}

// One room of every codec: each says a tone of its own and hears all the others', at its own rate.
TEST_F(MixerServerTest, PhonesOfEveryCodecHearEachOther) {
  ASSERT_EQ(CreateRoom("babel"), absl::OkStatus());
  const phone::Codec codecs[] = {phone::Codec::kPcma,     phone::Codec::kPcmu,
                                 phone::Codec::kG722,     phone::Codec::kOpus,
                                 phone::Codec::kL16At16k, phone::Codec::kL16At48k};
  constexpr double kTones[] = {400, 730, 1010, 1370, 1810, 2250};
  std::vector<std::unique_ptr<phone::MediaSession>> phones;
  for (const phone::Codec codec : codecs) {
    phone::MediaSession::Options options;
    options.codecs = {codec};
    if (codec == phone::Codec::kL16At48k) options.ptime_ms = 10;  // More is no packet.
    phones.push_back(*phone::MediaSession::Open(loop_, options));
    Join("babel", *phones.back());
  }
  for (size_t i = 0; i < phones.size(); ++i) phones[i]->SayTones({{kTones[i], -30}});
  absl::SleepFor(absl::Seconds(4));
  for (size_t i = 0; i < phones.size(); ++i) {
    const phone::HeardAudio heard = phones[i]->Heard();
    for (size_t k = 0; k < phones.size(); ++k) {
      const absl::Duration from = heard.length() - absl::Seconds(1);
      SCOPED_TRACE(absl::StrCat("phone ", i, " hears ", k));
      if (i == k) {
        EXPECT_LT(heard.ToneLevelDbov(kTones[k], from, heard.length()), -55) << "its own tone";
      } else {
        EXPECT_NEAR(heard.UsualToneLevelDbov(kTones[k], from, heard.length()), -30, 3);
      }
    }
  }
}

TEST_F(MixerServerTest, ARepeatedRequestChangesNothing) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto phone = NewPhone();
  v1::AddLegRequest request;
  request.set_request_id("once");
  request.set_room_id("talk");
  request.set_sdp_offer(phone->LocalSdp());
  const absl::StatusOr<v1::AddLegResponse> first = AddLeg(request);
  const absl::StatusOr<v1::AddLegResponse> second = AddLeg(request);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->leg().leg_id(), second->leg().leg_id());
  EXPECT_EQ(first->sdp(), second->sdp());
  EXPECT_EQ(engine_->CountLegs(), 1u);
}

TEST_F(MixerServerTest, ErrorsNameReasonAndField) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  EXPECT_EQ(ReasonOf(CreateRoom("talk")), "ROOM_EXISTS");
  EXPECT_EQ(ReasonOf(CreateRoom("not allowed!")), "FIELD_INVALID");
  EXPECT_EQ(FieldOf(CreateRoom("not allowed!")), "room_id");

  auto phone = NewPhone();
  v1::AddLegRequest request;
  request.set_room_id("nowhere");
  request.set_sdp_offer(phone->LocalSdp());
  EXPECT_EQ(ReasonOf(AddLeg(request).status()), "ROOM_UNKNOWN");
  request.set_room_id("talk");
  request.set_sdp_offer("this is no SDP");
  EXPECT_EQ(ReasonOf(AddLeg(request).status()), "SDP_INVALID");
  request.clear_remote();
  EXPECT_EQ(FieldOf(AddLeg(request).status()), "remote");
  request.set_sdp_offer(
      "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
      "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 speex/8000\r\n");
  EXPECT_EQ(ReasonOf(AddLeg(request).status()), "MEDIA_UNACCEPTABLE");
  request.set_sdp_offer(phone->LocalSdp());
  request.set_signaling_address("not an address");
  EXPECT_EQ(FieldOf(AddLeg(request).status()), "signaling_address");
  EXPECT_EQ(engine_->CountLegs(), 0u);

  v1::MoveLegRequest move;
  move.set_leg_id("l-none");
  v1::MoveLegResponse moved;
  EXPECT_EQ(ReasonOf(Call(*legs_, &v1::LegService::StubInterface::MoveLeg, move, &moved)),
            "LEG_UNKNOWN");
  v1::UpdateLegRequest update;
  const std::string leg = Join("talk", *phone);
  update.set_leg_id(leg);
  v1::UpdateLegResponse updated;
  EXPECT_EQ(FieldOf(Call(*legs_, &v1::LegService::StubInterface::UpdateLeg, update, &updated)),
            "update_mask");
  update.mutable_update_mask()->add_paths("gain_db");
  update.mutable_settings()->set_gain_db(90);
  EXPECT_EQ(FieldOf(Call(*legs_, &v1::LegService::StubInterface::UpdateLeg, update, &updated)),
            "settings.gain_db");
  v1::DeleteRoomRequest remove;
  remove.set_room_id("talk");
  v1::DeleteRoomResponse removed;
  EXPECT_EQ(ReasonOf(Call(*rooms_, &v1::RoomService::StubInterface::DeleteRoom, remove, &removed)),
            "ROOM_NOT_EMPTY");
  remove.set_force(true);
  EXPECT_EQ(Call(*rooms_, &v1::RoomService::StubInterface::DeleteRoom, remove, &removed),
            absl::OkStatus());
  EXPECT_EQ(engine_->CountLegs(), 0u);
}

TEST_F(MixerServerTest, ADrainingMixerTakesNothingNewAndEndsWithItsLastLeg) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto phone = NewPhone();
  const std::string leg = Join("talk", *phone);
  v1::DrainMixerResponse drained;
  ASSERT_EQ(Call(*mixer_, &v1::MixerService::StubInterface::DrainMixer, v1::DrainMixerRequest(),
                 &drained),
            absl::OkStatus());
  EXPECT_TRUE(drained.mixer().is_draining());
  EXPECT_EQ(ReasonOf(CreateRoom("more")), "MIXER_DRAINING");
  v1::RemoveLegRequest request;
  request.set_leg_id(leg);
  v1::RemoveLegResponse response;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::RemoveLeg, request, &response),
            absl::OkStatus());
  server_->WaitUntilDrained();
}

TEST_F(MixerServerTest, ListsComeInPages) {
  for (int i = 0; i < 5; ++i) ASSERT_EQ(CreateRoom(absl::StrCat("r", i)), absl::OkStatus());
  v1::ListRoomsRequest request;
  request.set_page_size(2);
  std::string ids;
  for (int page = 0; page < 3; ++page) {
    v1::ListRoomsResponse response;
    ASSERT_EQ(Call(*rooms_, &v1::RoomService::StubInterface::ListRooms, request, &response),
              absl::OkStatus());
    for (const v1::Room& room : response.rooms()) absl::StrAppend(&ids, room.room_id(), " ");
    request.set_page_token(response.next_page_token());
  }
  EXPECT_EQ(ids, "r0 r1 r2 r3 r4 ");
  EXPECT_EQ(request.page_token(), "");
  request.set_page_token("no token!");
  v1::ListRoomsResponse response;
  EXPECT_EQ(ReasonOf(Call(*rooms_, &v1::RoomService::StubInterface::ListRooms, request, &response)),
            "PAGE_TOKEN_INVALID");
}

TEST_F(MixerServerTest, APlainPortBeyondLoopbackIsRefused) {
  const absl::Status status = MixerServer::Start(*context_, {.listen = "0.0.0.0:0"}).status();
  EXPECT_EQ(ReasonOf(status), "TLS_REQUIRED");
  const absl::Status taken =
      MixerServer::Start(*context_, {.listen = absl::StrCat("127.0.0.1:", server_->port())})
          .status();
  EXPECT_EQ(ReasonOf(taken), "PORT_TAKEN");
}

TEST_F(MixerServerTest, AnEmptyRoomGoesByItself) {
  v1::CreateRoomRequest request;
  request.set_room_id("brief");
  request.mutable_empty_timeout()->set_nanos(100'000'000);
  v1::CreateRoomResponse response;
  ASSERT_EQ(Call(*rooms_, &v1::RoomService::StubInterface::CreateRoom, request, &response),
            absl::OkStatus());
  EXPECT_TRUE(WaitForEvent(0, [](const v1::Event& event) { return event.has_room_deleted(); }));
}

}  // namespace
}  // namespace narada::mixer::service
