#include "tests/attack/mixer_process.h"

#include <grpcpp/create_channel.h>
#include <stdlib.h>

#include <chrono>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"

namespace narada::attack {
namespace {

constexpr char kReady[] = "mixer ready: gRPC port ";

void SetDeadline(grpc::ClientContext& context, int seconds) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(seconds));
}

}  // namespace

MixerProcess::MixerProcess(const Options& options) {
  const char* const binary = getenv("NARADA_MIXER");
  CHECK(binary != nullptr) << "NARADA_MIXER names no program";
  const std::string log = process::ChildProcess::NewLogPath("mixer");
  const std::string config = log + ".textproto";
  recordings_ = log + ".recordings";
  std::ofstream(config) << options.config;
  process_ = std::make_unique<process::ChildProcess>(
      std::vector<std::string>{
          binary, absl::StrCat("--config=", config), "--grpc_listen=127.0.0.1:0",
          "--log_level=debug", "--workers=1", absl::StrCat("--recordings=", recordings_),
          absl::StrCat("--rtp_ports=", options.rtp_port_min, "-", options.rtp_port_max)},
      log);
  // The line is whole when the comma behind the port is there.
  CHECK(process_->WaitLog(kReady)) << "the mixer does not start:\n" << Log();
  std::string text = Log();
  while (text.find(',', text.find(kReady)) == std::string::npos) {
    absl::SleepFor(absl::Milliseconds(10));
    text = Log();
  }
  const size_t begin = text.find(kReady) + sizeof(kReady) - 1;
  const std::string port = text.substr(begin, text.find(',', begin) - begin);
  channel_ =
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials());
  rooms_ = mixer::v1::RoomService::NewStub(channel_);
  legs_ = mixer::v1::LegService::NewStub(channel_);
  events_ = mixer::v1::EventService::NewStub(channel_);
  recording_ = mixer::v1::RecordingService::NewStub(channel_);
}

void MixerProcess::CreateRoom(const std::string& room_id) {
  grpc::ClientContext context;
  SetDeadline(context, 20);
  mixer::v1::CreateRoomRequest request;
  request.set_room_id(room_id);
  mixer::v1::CreateRoomResponse response;
  const absl::Status status = FromGrpcStatus(rooms_->CreateRoom(&context, request, &response));
  CHECK(status.ok()) << status;
}

void MixerProcess::DeleteRoom(const std::string& room_id) {
  grpc::ClientContext context;
  SetDeadline(context, 20);
  mixer::v1::DeleteRoomRequest request;
  request.set_room_id(room_id);
  request.set_force(true);
  mixer::v1::DeleteRoomResponse response;
  const absl::Status status = FromGrpcStatus(rooms_->DeleteRoom(&context, request, &response));
  CHECK(status.ok()) << status;
}

absl::StatusOr<mixer::v1::AddLegResponse> MixerProcess::AddLeg(
    const mixer::v1::AddLegRequest& request) {
  grpc::ClientContext context;
  SetDeadline(context, 20);
  mixer::v1::AddLegResponse response;
  RETURN_IF_ERROR(FromGrpcStatus(legs_->AddLeg(&context, request, &response)));
  return response;
}

absl::StatusOr<mixer::v1::NegotiateLegResponse> MixerProcess::NegotiateLeg(
    const mixer::v1::NegotiateLegRequest& request) {
  grpc::ClientContext context;
  SetDeadline(context, 20);
  mixer::v1::NegotiateLegResponse response;
  RETURN_IF_ERROR(FromGrpcStatus(legs_->NegotiateLeg(&context, request, &response)));
  return response;
}

mixer::v1::LegStatistics MixerProcess::Statistics(const std::string& leg_id) {
  grpc::ClientContext context;
  SetDeadline(context, 20);
  mixer::v1::GetLegStatisticsRequest request;
  request.set_leg_id(leg_id);
  mixer::v1::GetLegStatisticsResponse response;
  const absl::Status status = FromGrpcStatus(legs_->GetLegStatistics(&context, request, &response));
  CHECK(status.ok()) << status;
  return response.statistics();
}

std::string MixerProcess::StartRecording(const std::string& room_id) {
  grpc::ClientContext context;
  SetDeadline(context, 20);
  mixer::v1::StartRecordingRequest request;
  request.set_room_id(room_id);
  request.set_tracks(mixer::v1::RECORDING_TRACKS_MIX_AND_LEGS);
  mixer::v1::StartRecordingResponse response;
  const absl::Status status =
      FromGrpcStatus(recording_->StartRecording(&context, request, &response));
  CHECK(status.ok()) << status;
  return response.recording().recording_id();
}

void MixerProcess::StopRecording(const std::string& recording_id) {
  grpc::ClientContext context;
  SetDeadline(context, 20);
  mixer::v1::StopRecordingRequest request;
  request.set_recording_id(recording_id);
  mixer::v1::StopRecordingResponse response;
  const absl::Status status =
      FromGrpcStatus(recording_->StopRecording(&context, request, &response));
  CHECK(status.ok()) << status;
}

std::string MixerProcess::RecordingFile(const std::string& recording_id,
                                        const std::string& track) const {
  return absl::StrCat(recordings_, "/", recording_id, "/", track, ".wav");
}

bool MixerProcess::HasEvent(const std::string& leg_id, bool (*is_it)(const mixer::v1::Event&)) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(500));
  mixer::v1::WatchEventsRequest request;
  const auto reader = events_->WatchEvents(&context, request);
  mixer::v1::WatchEventsResponse response;
  bool has = false;
  while (reader->Read(&response)) {
    has |= response.has_event() && response.event().leg_id() == leg_id && is_it(response.event());
  }
  return has;
}

}  // namespace narada::attack
