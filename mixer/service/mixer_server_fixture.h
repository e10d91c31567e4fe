// The mixer's API under test: a server with everything behind it in this process, a gRPC client, phones
// over loopback RTP. For the tests of this folder.
#ifndef NARADA_MIXER_SERVICE_MIXER_SERVER_FIXTURE_H_
#define NARADA_MIXER_SERVICE_MIXER_SERVER_FIXTURE_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/rpc/rpc_status.h"
#include "gtest/gtest.h"
#include "mixer/engine/shared_sockets.h"
#include "mixer/files/recorder.h"
#include "mixer/net/udp_socket_pairs.h"
#include "mixer/service/mixer_server.h"
#include "mixer/service/recording_events.h"
#include "narada/mixer/v1/event.grpc.pb.h"
#include "narada/mixer/v1/leg.grpc.pb.h"
#include "narada/mixer/v1/mixer.grpc.pb.h"
#include "narada/mixer/v1/playback.grpc.pb.h"
#include "narada/mixer/v1/recording.grpc.pb.h"
#include "narada/mixer/v1/room.grpc.pb.h"
#include "tests/phone/media_session.h"
#include "tests/phone/phone_loop.h"

namespace narada::mixer::service {

class MixerServerTest : public ::testing::Test {
 protected:
  // Events that the server remembers: few, so that a reader can be too slow.
  static constexpr size_t kEventsMax = 256;
  static constexpr uint16_t kSharedPort = 18200;

  // `shared_sockets` of each worker, from port 18200 on.
  explicit MixerServerTest(int shared_sockets = 0);

  // Calls a method and returns our status.
  template <typename Stub, typename Request, typename Response>
  absl::Status Call(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const std::common_type_t<Request>& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return FromGrpcStatus((stub.*method)(&context, request, response));
  }

  absl::Status CreateRoom(const std::string& id);
  // Of G.711, not yet connected.
  std::unique_ptr<phone::MediaSession> NewPhone();
  absl::StatusOr<v1::AddLegResponse> AddLeg(const v1::AddLegRequest& request);
  // A phone whose offer was answered, in the room; its leg's id.
  std::string Join(const std::string& room, phone::MediaSession& phone);

  // Reads the stream until `f` is true of a response; false after 10 s.
  bool WatchUntil(const v1::WatchEventsRequest& request,
                  const std::function<bool(const v1::WatchEventsResponse&)>& f);
  // The same for events behind the one of that sequence.
  bool WaitForEvent(uint64_t after, const std::function<bool(const v1::Event&)>& f);

  class Listener final : public engine::EngineListener {
   public:
    explicit Listener(MixerState& state) : state_(state) {}
    void OnEvent(const room::RoomEvent& event) override { state_.OnEvent(event); }
    void OnEventsLost(uint64_t count) override { state_.OnEventsLost(count); }

   private:
    MixerState& state_;
  };

  SystemClock clock_;
  SecureRandom random_;
  MixerState state_;
  Listener listener_;
  net::UdpSocketPairs sockets_;
  std::unique_ptr<net::UdpSocketPairs> shared_ports_;
  std::unique_ptr<engine::SharedSockets> shared_sockets_;  // Null: there are none.
  PromptStore prompts_;
  RecordingEvents recording_events_{state_};
  std::unique_ptr<files::Recorder> recorder_;  // Outlives the engine.
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<QualityMonitor> quality_;
  std::unique_ptr<MixerContext> context_;
  std::unique_ptr<MixerServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::RoomService::StubInterface> rooms_;
  std::unique_ptr<v1::LegService::StubInterface> legs_;
  std::unique_ptr<v1::PlaybackService::StubInterface> playback_;
  std::unique_ptr<v1::EventService::StubInterface> events_;
  std::unique_ptr<v1::MixerService::StubInterface> mixer_;
  std::unique_ptr<v1::RecordingService::StubInterface> recordings_;
  phone::PhoneLoop loop_;
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_MIXER_SERVER_FIXTURE_H_
