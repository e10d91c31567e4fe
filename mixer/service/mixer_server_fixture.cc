#include "mixer/service/mixer_server_fixture.h"

#include <grpcpp/create_channel.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "mixer/net/ring_network.h"

namespace narada::mixer::service {

MixerServerTest::MixerServerTest(int shared_sockets)
    : state_(clock_, "epoch-1", kEventsMax),
      listener_(state_),
      // Each test in its own part of the range; the system has the higher ones.
      sockets_(SocketAddress(IpAddress::V4(127, 0, 0, 1), 0),
               *net::PortRange::Create(14000, 15999, absl::Milliseconds(1)), clock_),
      prompts_(clock_, 1 << 20) {
  if (shared_sockets > 0) {
    shared_ports_ = std::make_unique<net::UdpSocketPairs>(
        SocketAddress(IpAddress::V4(127, 0, 0, 1), 0),
        *net::PortRange::Create(kSharedPort, kSharedPort + 99, absl::Milliseconds(1)), clock_);
    shared_sockets_ = *engine::SharedSockets::Open(
        {.first_port = kSharedPort, .workers = 2, .per_worker = shared_sockets}, *shared_ports_);
  }
  std::vector<engine::WorkerSeat> seats;
  for (int i = 0; i < 2; ++i) {
    std::unique_ptr<net::RingNetwork> network = *net::RingNetwork::Create(
        {.sockets_max = 400 + 2 * static_cast<uint32_t>(shared_sockets), .packet_buffers = 256});
    net::RingNetwork* const raw = network.get();
    seats.push_back({.network = std::move(network), .prepare = [raw] { return raw->Enable(); }});
  }
  engine_ = *engine::Engine::Start(
      {.admission = {.legs_max = 200}, .shared_sockets = shared_sockets_.get()}, std::move(seats),
      listener_);
  quality_ = std::make_unique<QualityMonitor>(*engine_, state_);
  MixerSettings settings;
  settings.advertised_ip = IpAddress::V4(127, 0, 0, 1);
  context_.reset(
      new MixerContext{*engine_, state_, prompts_, *quality_, sockets_, random_, clock_, settings});
  const std::string folder = ::testing::TempDir() + "/recordings";
  EXPECT_EQ(system(("rm -rf " + folder).c_str()), 0);
  recorder_ = *files::Recorder::Open({.folder = folder}, clock_, recording_events_);
  context_->recorder = recorder_.get();
  context_->shared_sockets = shared_sockets_.get();
  server_ = *MixerServer::Start(*context_, {.listen = "127.0.0.1:0"});
  channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                 grpc::InsecureChannelCredentials());
  rooms_ = v1::RoomService::NewStub(channel_);
  legs_ = v1::LegService::NewStub(channel_);
  playback_ = v1::PlaybackService::NewStub(channel_);
  events_ = v1::EventService::NewStub(channel_);
  mixer_ = v1::MixerService::NewStub(channel_);
  recordings_ = v1::RecordingService::NewStub(channel_);
}

absl::Status MixerServerTest::CreateRoom(const std::string& id) {
  v1::CreateRoomRequest request;
  request.set_room_id(id);
  v1::CreateRoomResponse response;
  return Call(*rooms_, &v1::RoomService::StubInterface::CreateRoom, request, &response);
}

std::unique_ptr<phone::MediaSession> MixerServerTest::NewPhone() {
  phone::MediaSession::Options options;
  options.codecs = {phone::Codec::kPcma, phone::Codec::kPcmu};
  return *phone::MediaSession::Open(loop_, options);
}

absl::StatusOr<v1::AddLegResponse> MixerServerTest::AddLeg(const v1::AddLegRequest& request) {
  v1::AddLegResponse response;
  RETURN_IF_ERROR(Call(*legs_, &v1::LegService::StubInterface::AddLeg, request, &response));
  return response;
}

std::string MixerServerTest::Join(const std::string& room, phone::MediaSession& phone) {
  v1::AddLegRequest request;
  request.set_room_id(room);
  request.set_sdp_offer(phone.LocalSdp());
  (*request.mutable_labels())["call"] = "c-1";
  const absl::StatusOr<v1::AddLegResponse> response = AddLeg(request);
  EXPECT_TRUE(response.ok()) << response.status();
  if (!response.ok()) return "";
  EXPECT_EQ(phone.Start(response->sdp()), absl::OkStatus());
  return response->leg().leg_id();
}

bool MixerServerTest::WatchUntil(const v1::WatchEventsRequest& request,
                                 const std::function<bool(const v1::WatchEventsResponse&)>& f) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  const auto reader = events_->WatchEvents(&context, request);
  v1::WatchEventsResponse response;
  while (reader->Read(&response)) {
    if (!f(response)) continue;
    context.TryCancel();
    return true;
  }
  return false;
}

bool MixerServerTest::WaitForEvent(uint64_t after, const std::function<bool(const v1::Event&)>& f) {
  v1::WatchEventsRequest request;
  request.mutable_cursor()->set_epoch("epoch-1");
  request.mutable_cursor()->set_sequence(after);
  return WatchUntil(request, [&](const v1::WatchEventsResponse& response) {
    return response.has_event() && f(response.event());
  });
}

}  // namespace narada::mixer::service
