// The real mixer under its own proof: with the hook that ends it when a worker allocates and the filter
// that ends it at any system call but io_uring_enter, and calls to it.
//   MixerWorld world("mixer/mixer_with_hook");
//   ProofCall& call = world.AddCall("room-1", options);
//   world.Call(world.legs(), &v1::LegService::Stub::MoveLeg, request, &response);
//   EXPECT_EQ(world.mixer().Stop(), 0);
// One thread.
#ifndef NARADA_TESTS_MEDIA_PATH_MIXER_WORLD_H_
#define NARADA_TESTS_MEDIA_PATH_MIXER_WORLD_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/rpc/rpc_status.h"
#include "control/mixers/mixer_process.h"
#include "narada/mixer/v1/leg.grpc.pb.h"
#include "narada/mixer/v1/mixer.grpc.pb.h"
#include "narada/mixer/v1/playback.grpc.pb.h"
#include "narada/mixer/v1/recording.grpc.pb.h"
#include "narada/mixer/v1/room.grpc.pb.h"
#include "tests/phone/media_session.h"
#include "tests/phone/phone_loop.h"

namespace narada {

namespace v1 = mixer::v1;

struct ProofCall {
  std::string leg_id;
  std::unique_ptr<phone::MediaSession> phone;
};

class MixerWorld {
 public:
  // Unless `is_filtered`, only the hook watches.
  explicit MixerWorld(const std::string& program, bool is_filtered = true);
  ~MixerWorld();

  control::mixers::MixerProcess& mixer() { return *mixer_; }
  v1::RoomService::Stub& rooms() { return *rooms_; }
  v1::LegService::Stub& legs() { return *legs_; }
  v1::PlaybackService::Stub& playbacks() { return *playbacks_; }
  v1::RecordingService::Stub& recordings() { return *recordings_; }
  v1::MixerService::Stub& mixers() { return *mixers_; }

  template <typename Stub, typename Request, typename Response>
  absl::Status Call(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const std::common_type_t<Request>& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    return FromGrpcStatus((stub.*method)(&context, request, response));
  }

  void CreateRoom(const std::string& room_id);
  // Connected, and silent. The second one tells what went wrong.
  ProofCall& AddCall(const std::string& room_id, phone::MediaSession::Options options,
                     const v1::LegSettings& settings = {});
  absl::StatusOr<ProofCall*> TryAddCall(const std::string& room_id,
                                        phone::MediaSession::Options options,
                                        const v1::LegSettings& settings = {});
  void Remove(ProofCall& call);
  std::vector<std::unique_ptr<ProofCall>>& calls() { return calls_; }

  void Upload(const std::string& prompt_id, v1::PromptFormat format, const std::string& content);
  // The bytes of a track.
  std::string ReadTrack(const std::string& recording_id, const std::string& track_id);

 private:
  const std::string folder_;
  std::unique_ptr<control::mixers::MixerProcess> mixer_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::RoomService::Stub> rooms_;
  std::unique_ptr<v1::LegService::Stub> legs_;
  std::unique_ptr<v1::PlaybackService::Stub> playbacks_;
  std::unique_ptr<v1::RecordingService::Stub> recordings_;
  std::unique_ptr<v1::MixerService::Stub> mixers_;
  phone::PhoneLoop loop_;
  std::vector<std::unique_ptr<ProofCall>> calls_;
};

}  // namespace narada

#endif  // NARADA_TESTS_MEDIA_PATH_MIXER_WORLD_H_
