// The mixer's own program as a child, asked by gRPC, for tests that attack it from outside.
//   MixerProcess mixer({.config = "mixer { rtp { srtp: SRTP_POLICY_REQUIRED } }"});
//   mixer.CreateRoom("talk");
//   v1::AddLegResponse leg = *mixer.AddLeg(request);
//   mixer.Statistics(leg.leg().leg_id()).drops()
// It ends with the object. One thread.
#ifndef NARADA_TESTS_ATTACK_MIXER_PROCESS_H_
#define NARADA_TESTS_ATTACK_MIXER_PROCESS_H_

#include <grpcpp/channel.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "narada/mixer/v1/event.grpc.pb.h"
#include "narada/mixer/v1/leg.grpc.pb.h"
#include "narada/mixer/v1/recording.grpc.pb.h"
#include "narada/mixer/v1/room.grpc.pb.h"
#include "tests/process/child_process.h"

namespace narada::attack {

class MixerProcess {
 public:
  struct Options {
    std::string config;  // Text of the configuration file; RTP ports are given by flag.
    int rtp_port_min = 16000;
    int rtp_port_max = 16999;
  };

  explicit MixerProcess(const Options& options);
  MixerProcess(const MixerProcess&) = delete;
  MixerProcess& operator=(const MixerProcess&) = delete;

  void CreateRoom(const std::string& room_id);
  void DeleteRoom(const std::string& room_id);  // And its legs.
  absl::StatusOr<mixer::v1::AddLegResponse> AddLeg(const mixer::v1::AddLegRequest& request);
  absl::StatusOr<mixer::v1::NegotiateLegResponse> NegotiateLeg(
      const mixer::v1::NegotiateLegRequest& request);
  mixer::v1::LegStatistics Statistics(const std::string& leg_id);
  // True if an event of this leg for which `is_it` holds has come since the mixer began.
  bool HasEvent(const std::string& leg_id, bool (*is_it)(const mixer::v1::Event&));

  // Records the mix and each leg as WAV; its id.
  std::string StartRecording(const std::string& room_id);
  void StopRecording(const std::string& recording_id);  // Its files are whole behind it.
  // `track` is "mix" or a leg's id.
  std::string RecordingFile(const std::string& recording_id, const std::string& track) const;

  // All that it has logged, at level debug.
  std::string Log() const { return process_->Log(); }
  bool IsRunning() const { return process_->IsRunning(); }
  absl::Duration CpuTime() const { return process_->CpuTime(); }
  size_t ResidentBytes() const { return process_->ResidentBytes(); }

 private:
  std::string recordings_;  // Folder.
  std::unique_ptr<process::ChildProcess> process_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<mixer::v1::RoomService::Stub> rooms_;
  std::unique_ptr<mixer::v1::LegService::Stub> legs_;
  std::unique_ptr<mixer::v1::EventService::Stub> events_;
  std::unique_ptr<mixer::v1::RecordingService::Stub> recording_;
};

}  // namespace narada::attack

#endif  // NARADA_TESTS_ATTACK_MIXER_PROCESS_H_
