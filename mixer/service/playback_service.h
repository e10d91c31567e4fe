// narada.mixer.v1.PlaybackService. Thread-safe, as gRPC calls it.
#ifndef NARADA_MIXER_SERVICE_PLAYBACK_SERVICE_H_
#define NARADA_MIXER_SERVICE_PLAYBACK_SERVICE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "mixer/media/playback_plan.h"
#include "mixer/service/mixer_context.h"
#include "narada/mixer/v1/playback.grpc.pb.h"

namespace narada::mixer::service {

class PlaybackService final : public v1::PlaybackService::Service {
 public:
  explicit PlaybackService(MixerContext& context) : context_(context) {}

  grpc::Status UploadPrompt(grpc::ServerContext* call,
                            grpc::ServerReader<v1::UploadPromptRequest>* reader,
                            v1::UploadPromptResponse* response) override;
  grpc::Status MakePrompt(grpc::ServerContext* call, const v1::MakePromptRequest* request,
                          v1::MakePromptResponse* response) override;
  grpc::Status ListPrompts(grpc::ServerContext* call, const v1::ListPromptsRequest* request,
                           v1::ListPromptsResponse* response) override;
  grpc::Status DeletePrompt(grpc::ServerContext* call, const v1::DeletePromptRequest* request,
                            v1::DeletePromptResponse* response) override;
  grpc::Status StartPlayback(grpc::ServerContext* call, const v1::StartPlaybackRequest* request,
                             v1::StartPlaybackResponse* response) override;
  grpc::Status StopPlayback(grpc::ServerContext* call, const v1::StopPlaybackRequest* request,
                            v1::StopPlaybackResponse* response) override;

 private:
  absl::StatusOr<v1::UploadPromptResponse> Upload(
      grpc::ServerReader<v1::UploadPromptRequest>& reader);
  absl::StatusOr<v1::MakePromptResponse> Make(const v1::MakePromptRequest& request);
  absl::StatusOr<v1::StartPlaybackResponse> Start(const v1::StartPlaybackRequest& request);
  absl::StatusOr<std::unique_ptr<media::PlaybackPlan>> MakePlan(
      const v1::StartPlaybackRequest& request) const;
  // Returns the rate of the room where it plays.
  absl::StatusOr<SampleRate> Play(const v1::StartPlaybackRequest& request,
                                  std::unique_ptr<media::PlaybackPlan>& plan);
  absl::Status Stop(const v1::StopPlaybackRequest& request);

  MixerContext& context_;
  std::atomic<uint64_t> next_number_{1};
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_PLAYBACK_SERVICE_H_
