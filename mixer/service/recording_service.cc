#include "mixer/service/recording_service.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "base/status.h"
#include "mixer/service/answer.h"
#include "mixer/service/convert.h"
#include "mixer/service/recording_events.h"

namespace narada::mixer::service {
namespace {

constexpr size_t kPieceBytes = 256 << 10;

// Voices of wideband phones that join a room of telephones later are not cut off.
constexpr SampleRate kFileRateMin = SampleRate::FromHertz(16000);

// What files may take to become whole, shorter than callers usually wait.
constexpr absl::Duration kFinishMax = absl::Seconds(3);

absl::Status Unknown(absl::string_view id) {
  return ErrorWithReason(absl::StatusCode::kNotFound, "RECORDING_UNKNOWN",
                         absl::StrCat("there is no recording \"", id, "\""));
}

absl::Status Off() {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "RECORDING_OFF",
                         "this mixer has no folder for recordings (recordings_dir)");
}

bool IsRepeated(const files::RecordingInfo& there, const files::RecordingInfo& asked) {
  return there.room_id == asked.room_id && there.format == asked.format &&
         there.has_legs == asked.has_legs && there.labels == asked.labels;
}

}  // namespace

grpc::Status RecordingService::StartRecording(grpc::ServerContext*,
                                              const v1::StartRecordingRequest* request,
                                              v1::StartRecordingResponse* response) {
  return Answer(Start(*request), response);
}

absl::StatusOr<v1::StartRecordingResponse> RecordingService::Start(
    const v1::StartRecordingRequest& request) {
  if (context_.recorder == nullptr) return Off();
  files::RecordingInfo info;
  info.recording_id = request.recording_id();
  if (info.recording_id.empty()) info.recording_id = context_.DrawId("rec");
  RETURN_IF_ERROR(CheckLowerCaseId("recording_id", info.recording_id));
  RETURN_IF_ERROR(CheckLabels(request.labels()));
  if (!v1::RecordingFormat_IsValid(request.format())) {
    return InvalidField("format", "FIELD_INVALID", "is no format that this mixer knows");
  }
  if (!v1::RecordingTracks_IsValid(request.tracks())) {
    return InvalidField("tracks", "FIELD_INVALID", "is no choice that this mixer knows");
  }
  const std::optional<RoomEntry> room = context_.state.FindRoom(request.room_id());
  if (!room.has_value()) return RoomUnknown(request.room_id());
  info.room_id = request.room_id();
  info.format = request.format() == v1::RECORDING_FORMAT_OGG_OPUS ? files::RecordingFormat::kOggOpus
                                                                  : files::RecordingFormat::kWav;
  info.has_legs = request.tracks() == v1::RECORDING_TRACKS_MIX_AND_LEGS;
  info.labels = {request.labels().begin(), request.labels().end()};

  v1::StartRecordingResponse response;
  const std::optional<files::RecordingInfo> there = context_.recorder->Find(info.recording_id);
  if (there.has_value() && IsRepeated(*there, info)) {
    *response.mutable_recording() = ToProto(*there);
    return response;
  }
  ASSIGN_OR_RETURN(info.rate, FileRate(*room));
  ASSIGN_OR_RETURN(const std::shared_ptr<files::Recording> recording,
                   context_.recorder->Start(std::move(info)));
  const absl::Status status = context_.engine.WithRoom(
      room->number, [&](engine::Worker& worker, engine::WorkerRoom& target) {
        target.StartRecording(recording->tap(), worker.now());
        return engine::CommandOutcome::kDone;
      });
  if (!status.ok()) {
    context_.recorder->Discard(recording->info().recording_id);
    return status;
  }
  *response.mutable_recording() = ToProto(recording->info());
  return response;
}

absl::StatusOr<SampleRate> RecordingService::FileRate(const RoomEntry& room) const {
  if (context_.settings.recording_rate.has_value()) return *context_.settings.recording_rate;
  SampleRate rate = kFileRateMin;
  if (room.room.settings().rate_hz() != 0) {
    return SampleRate::FromHertz(static_cast<int>(room.room.settings().rate_hz()));
  }
  RETURN_IF_ERROR(
      context_.engine.WithRoom(room.number, [&](engine::Worker&, engine::WorkerRoom& target) {
        rate = std::max(rate, target.rate());
        return engine::CommandOutcome::kDone;
      }));
  return rate;
}

template <typename F>
absl::StatusOr<v1::Recording> RecordingService::WithTap(const std::string& recording_id, F f) {
  if (context_.recorder == nullptr) return Unknown(recording_id);
  const std::shared_ptr<files::Recording> recording = context_.recorder->FindRunning(recording_id);
  if (recording == nullptr && !context_.recorder->Find(recording_id).has_value()) {
    return Unknown(recording_id);
  }
  const absl::Status ended =
      ErrorWithReason(absl::StatusCode::kFailedPrecondition, "RECORDING_ENDED",
                      absl::StrCat("recording ", recording_id, " has ended"));
  if (recording == nullptr) return ended;
  const std::optional<RoomEntry> room = context_.state.FindRoom(recording->info().room_id);
  if (!room.has_value()) return ended;
  bool has_ended = true;
  RETURN_IF_ERROR(
      context_.engine.WithRoom(room->number, [&](engine::Worker& worker, engine::WorkerRoom&) {
        has_ended = recording->tap().has_ended();
        if (!has_ended) f(recording->tap(), worker.now());
        return engine::CommandOutcome::kDone;
      }));
  if (has_ended) return ended;
  v1::Recording proto = ToProto(recording->info());
  // The file thread sees it in a moment.
  const bool is_paused = recording->tap().is_paused();
  proto.set_state(is_paused ? v1::RECORDING_STATE_PAUSED : v1::RECORDING_STATE_RUNNING);
  return proto;
}

grpc::Status RecordingService::PauseRecording(grpc::ServerContext*,
                                              const v1::PauseRecordingRequest* request,
                                              v1::PauseRecordingResponse* response) {
  absl::StatusOr<v1::Recording> recording = WithTap(
      request->recording_id(), [](media::RecordingTap& tap, MediaTime now) { tap.Pause(now); });
  if (!recording.ok()) return ToGrpcStatus(recording.status());
  *response->mutable_recording() = *std::move(recording);
  return grpc::Status::OK;
}

grpc::Status RecordingService::ResumeRecording(grpc::ServerContext*,
                                               const v1::ResumeRecordingRequest* request,
                                               v1::ResumeRecordingResponse* response) {
  absl::StatusOr<v1::Recording> recording = WithTap(
      request->recording_id(), [](media::RecordingTap& tap, MediaTime now) { tap.Resume(now); });
  if (!recording.ok()) return ToGrpcStatus(recording.status());
  *response->mutable_recording() = *std::move(recording);
  return grpc::Status::OK;
}

grpc::Status RecordingService::StopRecording(grpc::ServerContext*,
                                             const v1::StopRecordingRequest* request,
                                             v1::StopRecordingResponse* response) {
  absl::StatusOr<v1::Recording> recording = Stop(request->recording_id());
  if (!recording.ok()) return ToGrpcStatus(recording.status());
  *response->mutable_recording() = *std::move(recording);
  return grpc::Status::OK;
}

absl::StatusOr<v1::Recording> RecordingService::Stop(const std::string& recording_id) {
  if (context_.recorder == nullptr) return Unknown(recording_id);
  const std::shared_ptr<files::Recording> recording = context_.recorder->FindRunning(recording_id);
  if (recording != nullptr) {
    RETURN_IF_ERROR(EndTap(*recording));
    if (!context_.recorder->WaitUntilOver(recording_id, kFinishMax)) {
      return ErrorWithReason(
          absl::StatusCode::kUnavailable, "DISK_SLOW",
          absl::StrCat("recording ", recording_id, " has stopped; its files are not whole yet"));
    }
  }
  // Stopping what has ended is no error.
  const std::optional<files::RecordingInfo> info = context_.recorder->Find(recording_id);
  if (!info.has_value()) return Unknown(recording_id);
  return ToProto(*info);
}

absl::Status RecordingService::EndTap(files::Recording& recording) {
  const std::optional<RoomEntry> room = context_.state.FindRoom(recording.info().room_id);
  if (!room.has_value()) return absl::OkStatus();  // Which ended it when it went.
  const absl::Status status = context_.engine.WithRoom(
      room->number, [&](engine::Worker& worker, engine::WorkerRoom& target) {
        target.EndRecording(recording.tap(), worker.now());
        return engine::CommandOutcome::kDone;
      });
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

void RecordingService::EndTaps() {
  if (context_.recorder == nullptr) return;
  for (const std::shared_ptr<files::Recording>& recording : context_.recorder->TapsToEnd()) {
    EndTap(*recording).IgnoreError();  // Tried again in a second.
  }
}

grpc::Status RecordingService::GetRecording(grpc::ServerContext*,
                                            const v1::GetRecordingRequest* request,
                                            v1::GetRecordingResponse* response) {
  const std::optional<files::RecordingInfo> info =
      context_.recorder == nullptr ? std::nullopt
                                   : context_.recorder->Find(request->recording_id());
  if (!info.has_value()) return ToGrpcStatus(Unknown(request->recording_id()));
  *response->mutable_recording() = ToProto(*info);
  return grpc::Status::OK;
}

grpc::Status RecordingService::ListRecordings(grpc::ServerContext*,
                                              const v1::ListRecordingsRequest* request,
                                              v1::ListRecordingsResponse* response) {
  const absl::StatusOr<size_t> page_size = PageSize(request->page_size());
  if (!page_size.ok()) return ToGrpcStatus(page_size.status());
  if (absl::Status status = CheckPageToken(request->page_token()); !status.ok()) {
    return ToGrpcStatus(status);
  }
  if (context_.recorder == nullptr) return grpc::Status::OK;
  const std::vector<files::RecordingInfo> page =
      context_.recorder->List(request->page_token(), *page_size + 1);
  for (size_t i = 0; i < page.size() && i < *page_size; ++i) {
    *response->add_recordings() = ToProto(page[i]);
  }
  if (page.size() > *page_size) {
    response->set_next_page_token(page[*page_size - 1].recording_id);
  }
  return grpc::Status::OK;
}

grpc::Status RecordingService::ReadRecording(
    grpc::ServerContext*, const v1::ReadRecordingRequest* request,
    grpc::ServerWriter<v1::ReadRecordingResponse>* writer) {
  if (context_.recorder == nullptr) return ToGrpcStatus(Unknown(request->recording_id()));
  uint64_t offset = request->offset_bytes();
  while (true) {
    absl::StatusOr<std::string> content =
        context_.recorder->Read(request->recording_id(), request->track_id(), offset, kPieceBytes);
    if (!content.ok()) return ToGrpcStatus(content.status());
    if (content->empty()) return grpc::Status::OK;
    offset += content->size();
    v1::ReadRecordingResponse response;
    response.set_content(*std::move(content));
    if (!writer->Write(response)) return grpc::Status::CANCELLED;
  }
}

grpc::Status RecordingService::DeleteRecording(grpc::ServerContext*,
                                               const v1::DeleteRecordingRequest* request,
                                               v1::DeleteRecordingResponse*) {
  if (context_.recorder == nullptr) return ToGrpcStatus(Unknown(request->recording_id()));
  const absl::Status status = context_.recorder->Delete(request->recording_id());
  if (status.ok()) context_.state.RecordingForgotten(request->recording_id());
  return ToGrpcStatus(status);
}

void ResumeRecordings(MixerContext& context) {
  if (context.recorder == nullptr) return;
  for (const files::RecordingInfo& info : context.recorder->Interrupted()) {
    const std::string& id = info.recording_id;
    const std::optional<RoomEntry> room = context.state.FindRoom(info.room_id);
    if (!room.has_value()) {
      context.recorder->EndInterrupted(id);
      continue;
    }
    const absl::StatusOr<std::shared_ptr<files::Recording>> recording =
        context.recorder->Continue(id);
    if (!recording.ok()) {
      LOG_ERROR("recording {} does not go on: {}", id, recording.status());
      context.recorder->EndInterrupted(id);
      continue;
    }
    context.engine
        .WithRoom(room->number,
                  [&](engine::Worker& worker, engine::WorkerRoom& target) {
                    target.StartRecording((*recording)->tap(), worker.now());
                    return engine::CommandOutcome::kDone;
                  })
        .IgnoreError();  // The room is there: nobody can have deleted it yet.
  }
}

}  // namespace narada::mixer::service
