#include "tests/media_path/mixer_world.h"

#include <grpcpp/create_channel.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status.h"
#include "gtest/gtest.h"

namespace narada {

using control::mixers::MixerProcess;

MixerWorld::MixerWorld(const std::string& program, bool is_filtered)
    : folder_(absl::StrCat(std::getenv("TEST_TMPDIR"), "/proof-", control::mixers::FreePort())) {
  std::filesystem::create_directories(folder_);
  mixer_ = std::make_unique<MixerProcess>(
      control::mixers::FreePort(), absl::ZeroDuration(),
      std::vector<std::string>{is_filtered ? "--filter_system_calls" : "--nofilter_system_calls",
                               absl::StrCat("--state=", folder_, "/state"),
                               absl::StrCat("--recordings=", folder_, "/recordings"),
                               "--rtp_ports=11000-11999", "--workers=2"},
      program);
  channel_ = grpc::CreateChannel(mixer_->address(), grpc::InsecureChannelCredentials());
  EXPECT_TRUE(channel_->WaitForConnected(absl::ToChronoTime(absl::Now() + absl::Seconds(20))))
      << mixer_->Log();
  rooms_ = v1::RoomService::NewStub(channel_);
  legs_ = v1::LegService::NewStub(channel_);
  playbacks_ = v1::PlaybackService::NewStub(channel_);
  recordings_ = v1::RecordingService::NewStub(channel_);
  mixers_ = v1::MixerService::NewStub(channel_);
}

MixerWorld::~MixerWorld() = default;

void MixerWorld::CreateRoom(const std::string& room_id) {
  v1::CreateRoomRequest request;
  request.set_room_id(room_id);
  v1::CreateRoomResponse response;
  ASSERT_EQ(Call(*rooms_, &v1::RoomService::Stub::CreateRoom, request, &response),
            absl::OkStatus());
}

ProofCall& MixerWorld::AddCall(const std::string& room_id, phone::MediaSession::Options options,
                               const v1::LegSettings& settings) {
  const absl::StatusOr<ProofCall*> call = TryAddCall(room_id, options, settings);
  CHECK(call.ok()) << call.status() << "\n" << mixer_->Log();
  EXPECT_EQ((*call)->phone->Report().is_secure, !options.srtp_suites.empty());
  return **call;
}

absl::StatusOr<ProofCall*> MixerWorld::TryAddCall(const std::string& room_id,
                                                  phone::MediaSession::Options options,
                                                  const v1::LegSettings& settings) {
  options.keep_audio = false;
  auto call = std::make_unique<ProofCall>();
  ASSIGN_OR_RETURN(call->phone, phone::MediaSession::Open(loop_, options));
  v1::AddLegRequest request;
  request.set_room_id(room_id);
  request.set_sdp_offer(call->phone->LocalSdp());
  request.set_signaling_address("127.0.0.1");
  *request.mutable_settings() = settings;
  v1::AddLegResponse response;
  RETURN_IF_ERROR(Call(*legs_, &v1::LegService::Stub::AddLeg, request, &response));
  RETURN_IF_ERROR(call->phone->Start(response.sdp()));
  call->leg_id = response.leg().leg_id();
  return calls_.emplace_back(std::move(call)).get();
}

void MixerWorld::Remove(ProofCall& call) {
  v1::RemoveLegRequest request;
  request.set_leg_id(call.leg_id);
  v1::RemoveLegResponse response;
  EXPECT_EQ(Call(*legs_, &v1::LegService::Stub::RemoveLeg, request, &response), absl::OkStatus());
  std::erase_if(calls_, [&](const auto& kept) { return kept.get() == &call; });
}

void MixerWorld::Upload(const std::string& prompt_id, v1::PromptFormat format,
                        const std::string& content) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
  v1::UploadPromptResponse response;
  const auto writer = playbacks_->UploadPrompt(&context, &response);
  v1::UploadPromptRequest part;
  part.mutable_header()->set_prompt_id(prompt_id);
  part.mutable_header()->set_format(format);
  writer->Write(part);
  part.set_content(content);
  writer->Write(part);
  writer->WritesDone();
  EXPECT_EQ(FromGrpcStatus(writer->Finish()), absl::OkStatus()) << prompt_id;
}

std::string MixerWorld::ReadTrack(const std::string& recording_id, const std::string& track_id) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
  v1::ReadRecordingRequest request;
  request.set_recording_id(recording_id);
  request.set_track_id(track_id);
  const auto reader = recordings_->ReadRecording(&context, request);
  std::string content;
  for (v1::ReadRecordingResponse part; reader->Read(&part);) content += part.content();
  EXPECT_EQ(FromGrpcStatus(reader->Finish()), absl::OkStatus()) << recording_id;
  return content;
}

}  // namespace narada
