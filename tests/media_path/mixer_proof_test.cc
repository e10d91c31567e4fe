// No lock, no allocation, no system call but io_uring_enter: the real mixer, with the hook that ends it when
// a worker allocates and the filter that ends it at any other system call, while everything is going on
// at once: every codec, encrypted and plain, recordings, prompts, keys on all paths, moves between workers,
// settings, joining and leaving, the state for a restart.
#include <grpcpp/create_channel.h>
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/rpc/rpc_status.h"
#include "control/mixers/mixer_process.h"
#include "gtest/gtest.h"
#include "narada/mixer/v1/leg.grpc.pb.h"
#include "narada/mixer/v1/mixer.grpc.pb.h"
#include "narada/mixer/v1/playback.grpc.pb.h"
#include "narada/mixer/v1/recording.grpc.pb.h"
#include "narada/mixer/v1/room.grpc.pb.h"
#include "tests/phone/media_session.h"
#include "tests/phone/phone_loop.h"

namespace narada {
namespace {

namespace v1 = mixer::v1;
using control::mixers::MixerProcess;
using phone::Codec;

constexpr Codec kCodecs[] = {Codec::kPcma,     Codec::kPcmu,       Codec::kG722,
                             Codec::kOpus,     Codec::kOpusStereo, Codec::kL16At8k,
                             Codec::kL16At16k, Codec::kL16At48k};
constexpr int kRooms = 4;

struct ProofCall {
  std::string leg_id;
  std::unique_ptr<phone::MediaSession> phone;
};

class MixerProofTest : public ::testing::Test {
 protected:
  MixerProofTest() : folder_(absl::StrCat(std::getenv("TEST_TMPDIR"), "/proof")) {
    std::filesystem::create_directories(folder_);
    mixer_ = std::make_unique<MixerProcess>(
        control::mixers::FreePort(), absl::ZeroDuration(),
        std::vector<std::string>{"--filter_system_calls",
                                 absl::StrCat("--state=", folder_, "/state"),
                                 absl::StrCat("--recordings=", folder_, "/recordings"),
                                 "--rtp_ports=11000-11999", "--workers=2"},
        "mixer/mixer_with_hook");
    channel_ = grpc::CreateChannel(mixer_->address(), grpc::InsecureChannelCredentials());
    EXPECT_TRUE(channel_->WaitForConnected(absl::ToChronoTime(absl::Now() + absl::Seconds(20))))
        << mixer_->Log();
    rooms_ = v1::RoomService::NewStub(channel_);
    legs_ = v1::LegService::NewStub(channel_);
    playbacks_ = v1::PlaybackService::NewStub(channel_);
    recordings_ = v1::RecordingService::NewStub(channel_);
    mixers_ = v1::MixerService::NewStub(channel_);
  }

  template <typename Stub, typename Request, typename Response>
  absl::Status Call(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const std::common_type_t<Request>& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    return FromGrpcStatus((stub.*method)(&context, request, response));
  }

  static std::string RoomId(size_t number) { return absl::StrCat("room-", number % kRooms); }

  ProofCall& AddCall(size_t number, bool has_events) {
    ProofCall& call = *calls_.emplace_back(std::make_unique<ProofCall>());
    phone::MediaSession::Options options;
    options.codecs = {kCodecs[number % std::size(kCodecs)]};
    options.keep_audio = false;
    if (!has_events) options.event_payload_type = 0;
    call.phone = *phone::MediaSession::Open(loop_, options);
    v1::AddLegRequest request;
    request.set_room_id(RoomId(number));
    request.set_sdp_offer(call.phone->LocalSdp());
    request.set_signaling_address("127.0.0.1");
    v1::AddLegResponse response;
    EXPECT_EQ(Call(*legs_, &v1::LegService::Stub::AddLeg, request, &response), absl::OkStatus());
    EXPECT_EQ(call.phone->Start(response.sdp()), absl::OkStatus()) << response.sdp();
    call.leg_id = response.leg().leg_id();
    return call;
  }

  void PlayTone(const std::string& leg_id, const std::string& room_id) {
    v1::StartPlaybackRequest request;
    if (leg_id.empty()) {
      request.set_room_id(room_id);
    } else {
      request.set_leg_id(leg_id);
    }
    request.add_items()->mutable_tone()->set_frequency_hz(600);
    request.mutable_items(0)->mutable_tone()->mutable_duration()->set_nanos(200'000'000);
    request.add_items()->mutable_pause()->set_nanos(40'000'000);
    request.set_times(2);
    request.set_queueing(v1::PLAYBACK_QUEUEING_APPEND);
    v1::StartPlaybackResponse response;
    const absl::Status status =
        Call(*playbacks_, &v1::PlaybackService::Stub::StartPlayback, request, &response);
    EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kResourceExhausted) << status;
  }

  const std::string folder_;
  std::unique_ptr<MixerProcess> mixer_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::RoomService::Stub> rooms_;
  std::unique_ptr<v1::LegService::Stub> legs_;
  std::unique_ptr<v1::PlaybackService::Stub> playbacks_;
  std::unique_ptr<v1::RecordingService::Stub> recordings_;
  std::unique_ptr<v1::MixerService::Stub> mixers_;
  phone::PhoneLoop loop_;
  std::vector<std::unique_ptr<ProofCall>> calls_;
};

TEST_F(MixerProofTest, EverythingAtOnceAllocatesNothingAndOnlyEntersTheRing) {
  for (size_t i = 0; i < kRooms; ++i) {
    v1::CreateRoomRequest request;
    request.set_room_id(RoomId(i));
    v1::CreateRoomResponse response;
    ASSERT_EQ(Call(*rooms_, &v1::RoomService::Stub::CreateRoom, request, &response),
              absl::OkStatus());
  }
  // Twice each codec, once with telephone-event and once without: its keys are found in the audio.
  for (size_t i = 0; i < 2 * std::size(kCodecs); ++i) {
    ProofCall& call = AddCall(i, /*has_events=*/i < std::size(kCodecs));
    if (i % 3 == 0) call.phone->SayTones({{300.0 + 20 * static_cast<double>(i), -26}});
  }
  for (size_t round = 0; round < 16; ++round) {
    for (size_t i = round % 3; i < calls_.size(); i += 3) {
      ProofCall& call = *calls_[i];
      v1::UpdateLegRequest update;
      update.set_leg_id(call.leg_id);
      update.mutable_settings()->set_mute(round % 2 == 0 ? v1::MUTE_STATE_MUTED
                                                         : v1::MUTE_STATE_OPEN);
      update.mutable_settings()->set_gain_db(static_cast<float>(round % 5) - 2);
      update.mutable_update_mask()->add_paths("mute");
      update.mutable_update_mask()->add_paths("gain_db");
      v1::UpdateLegResponse updated;
      EXPECT_EQ(Call(*legs_, &v1::LegService::Stub::UpdateLeg, update, &updated), absl::OkStatus());
      PlayTone(call.leg_id, "");
      v1::InjectDigitsRequest inject;
      inject.set_leg_id(call.leg_id);
      inject.set_digits("7");
      v1::InjectDigitsResponse injected;
      EXPECT_EQ(Call(*legs_, &v1::LegService::Stub::InjectDigits, inject, &injected),
                absl::OkStatus());
      if (!call.phone->Press("5").ok()) call.phone->SaySamples(phone::DtmfSamples("5"));
      call.phone->SendRaw("garbage").IgnoreError();
      call.phone->SendRaw("garbage", /*is_rtcp=*/true).IgnoreError();
      v1::MoveLegRequest move;  // To whichever worker has that room.
      move.set_leg_id(call.leg_id);
      move.set_room_id(RoomId(i + round));
      v1::MoveLegResponse moved;
      EXPECT_EQ(Call(*legs_, &v1::LegService::Stub::MoveLeg, move, &moved), absl::OkStatus());
    }
    PlayTone("", RoomId(round));
    const size_t visitor = calls_.size();
    AddCall(round, /*has_events=*/true);
    absl::SleepFor(absl::Milliseconds(200));
    v1::RemoveLegRequest remove;
    remove.set_leg_id(calls_[visitor]->leg_id);
    v1::RemoveLegResponse removed;
    EXPECT_EQ(Call(*legs_, &v1::LegService::Stub::RemoveLeg, remove, &removed), absl::OkStatus());
    calls_.pop_back();
  }

  for (size_t i = 0; i < calls_.size(); ++i) {
    const phone::MediaReport report = calls_[i]->phone->Report();
    EXPECT_GT(report.packets_received, 50u) << "call " << i;
    EXPECT_EQ(report.ssrc_changes, 0u) << "call " << i;
  }
  v1::GetMixerResponse mixer;
  ASSERT_EQ(Call(*mixers_, &v1::MixerService::Stub::GetMixer, {}, &mixer), absl::OkStatus())
      << mixer_->Log();
  for (const v1::Worker& worker : mixer.mixer().workers()) {
    EXPECT_GT(worker.leg_count(), 0u) << "both workers had legs";
  }
  EXPECT_EQ(mixer_->Stop(), 0) << "it was ended by its own proof:\n" << mixer_->Log();
}

}  // namespace
}  // namespace narada
