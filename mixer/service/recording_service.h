// narada.mixer.v1.RecordingService. Thread-safe, as gRPC calls it.
#ifndef NARADA_MIXER_SERVICE_RECORDING_SERVICE_H_
#define NARADA_MIXER_SERVICE_RECORDING_SERVICE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mixer/files/recorder.h"
#include "mixer/service/mixer_context.h"
#include "narada/mixer/v1/recording.grpc.pb.h"

namespace narada::mixer::service {

class RecordingService final : public v1::RecordingService::Service {
 public:
  explicit RecordingService(MixerContext& context) : context_(context) {}

  grpc::Status StartRecording(grpc::ServerContext* call, const v1::StartRecordingRequest* request,
                              v1::StartRecordingResponse* response) override;
  grpc::Status PauseRecording(grpc::ServerContext* call, const v1::PauseRecordingRequest* request,
                              v1::PauseRecordingResponse* response) override;
  grpc::Status ResumeRecording(grpc::ServerContext* call, const v1::ResumeRecordingRequest* request,
                               v1::ResumeRecordingResponse* response) override;
  grpc::Status StopRecording(grpc::ServerContext* call, const v1::StopRecordingRequest* request,
                             v1::StopRecordingResponse* response) override;
  grpc::Status GetRecording(grpc::ServerContext* call, const v1::GetRecordingRequest* request,
                            v1::GetRecordingResponse* response) override;
  grpc::Status ListRecordings(grpc::ServerContext* call, const v1::ListRecordingsRequest* request,
                              v1::ListRecordingsResponse* response) override;
  grpc::Status ReadRecording(grpc::ServerContext* call, const v1::ReadRecordingRequest* request,
                             grpc::ServerWriter<v1::ReadRecordingResponse>* writer) override;
  grpc::Status DeleteRecording(grpc::ServerContext* call, const v1::DeleteRecordingRequest* request,
                               v1::DeleteRecordingResponse* response) override;

  // Frees the rooms of recordings that the disk ended. To be called every second or so.
  void EndTaps();

 private:
  absl::StatusOr<v1::StartRecordingResponse> Start(const v1::StartRecordingRequest& request);
  // Of the files: as high as the room is likely to become.
  absl::StatusOr<SampleRate> FileRate(const RoomEntry& room) const;
  // Calls `f(tap, now)` on the room's worker and returns the recording as it then is. Errors:
  // NOT_FOUND / RECORDING_UNKNOWN, FAILED_PRECONDITION / RECORDING_ENDED.
  template <typename F>
  absl::StatusOr<v1::Recording> WithTap(const std::string& recording_id, F f);
  absl::StatusOr<v1::Recording> Stop(const std::string& recording_id);
  absl::Status EndTap(files::Recording& recording);

  MixerContext& context_;
};

// After a restart, once rooms and legs are there again: what was being recorded goes on where its room
// goes on, and ends where it was otherwise.
void ResumeRecordings(MixerContext& context);

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_RECORDING_SERVICE_H_
