// A mixer over gRPC: connects, uploads the prompts it lacks, follows its events and reconnects by itself.
//
//   GrpcMixer mixer("127.0.0.1:50051", credentials, prompts);
//   mixer.Start(listener);
//   if (mixer.status().is_ready) mixer.AddLeg(...);
//
// One thread of its own uploads and reads the event stream; it alone calls the listener. After a break
// the stream is resumed behind the last event seen; where the mixer cannot do that (it restarted, or
// too much happened) a snapshot comes, and what is not in it is gone. Calls are asynchronous, have a
// deadline, and fail with UNAVAILABLE / MIXER_UNREACHABLE while there is no connection.
// Made by std::make_shared: the listener is handed a shared_ptr of it.

#ifndef NARADA_CONTROL_MIXERS_GRPC_MIXER_H_
#define NARADA_CONTROL_MIXERS_GRPC_MIXER_H_

#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "control/mixers/mixer.h"
#include "control/mixers/prompt_files.h"

namespace narada::control::mixers {

// What placement and operators want to know.
struct MixerStatus {
  bool is_ready = false;  // Connected, has all prompts, and its state is known.
  bool is_draining = false;
  int leg_count = 0;
};

class GrpcMixer final : public Mixer, public std::enable_shared_from_this<GrpcMixer> {
 public:
  // `prompts` outlive the mixer.
  GrpcMixer(std::string address, std::shared_ptr<grpc::ChannelCredentials> credentials,
            const std::vector<PromptFile>& prompts);
  ~GrpcMixer() override;

  // `listener` lives until Stop.
  void Start(MixerListener& listener);
  // Ends the thread; no event comes after it returns. Calls fail from here on.
  void Stop();

  MixerStatus status() const;

  const std::string& address() const override { return address_; }
  void CreateRoom(NewRoom room, Done done) override;
  void DeleteRoom(std::string room_id, Done done) override;
  void AddLeg(NewLeg leg, DoneWith<AddedLeg> done) override;
  void Negotiate(std::string leg_id, std::string sdp_offer, std::string signaling_address,
                 DoneWith<std::string> done) override;
  void AcceptAnswer(std::string leg_id, std::string sdp_answer, std::string signaling_address,
                    Done done) override;
  void MoveLeg(std::string leg_id, std::string room_id, bool stop_playback, Done done) override;
  void RemoveLeg(std::string leg_id, DoneWith<std::optional<CallQuality>> done) override;
  void FindLeg(std::string leg_id, Done done) override;
  void Look(DoneWith<MixerSnapshot> done) override;
  void UpdateLeg(std::string leg_id, LegSettings settings, Done done) override;
  void UpdateRoom(std::string room_id, RoomSettings settings, Done done) override;
  void InjectDigits(std::string leg_id, std::string digits, Done done) override;
  void Play(NewPlayback playback, Done done) override;
  void StopPlayback(PlayTarget target, Done done) override;
  void StartRecording(NewRecording recording, Done done) override;
  void PauseRecording(std::string recording_id, Done done) override;
  void ResumeRecording(std::string recording_id, Done done) override;
  void StopRecording(std::string recording_id, DoneWith<TrackSizes> done) override;
  absl::Status ReadRecording(const std::string& recording_id, const std::string& track_id,
                             uint64_t offset,
                             absl::FunctionRef<bool(absl::string_view)> sink) override;
  absl::StatusOr<std::optional<uint64_t>> TrackSize(const std::string& recording_id,
                                                    const std::string& track_id) override;
  void MakePrompt(std::string prompt_id, std::string recording_id, std::string track_id,
                  Done done) override;
  void DeletePrompt(std::string prompt_id, Done done) override;
  void DeleteRecording(std::string recording_id, Done done) override;

 private:
  struct Stubs;     // The services' clients; kept out of this header with all of protobuf.
  struct Position;  // Where in the event stream we are. Event thread.

  void ThreadMain(MixerListener& listener);
  // Waits, shorter if a connection comes or Stop is called.
  void Pause(absl::Duration pause);
  bool is_stopping() const ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status RunSession(Position& position, MixerListener& listener);
  absl::Status UploadMissingPrompts();
  absl::Status CheckEpoch(Position& position);
  absl::Status FollowEvents(Position& position, MixerListener& listener);
  template <typename Handle>
  void UpdateStatus(Handle handle) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string address_;
  const std::vector<PromptFile>& prompts_;
  const std::unique_ptr<Stubs> stubs_;

  mutable absl::Mutex mutex_;
  MixerStatus status_ ABSL_GUARDED_BY(mutex_);
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // The stream being read, so that Stop can end it.
  absl::AnyInvocable<void()> cancel_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace narada::control::mixers

#endif  // NARADA_CONTROL_MIXERS_GRPC_MIXER_H_
