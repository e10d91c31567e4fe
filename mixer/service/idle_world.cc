#include "mixer/service/idle_world.h"

#include <malloc.h>
#include <unistd.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "mixer/net/ring_network.h"

namespace narada::mixer::service {
namespace {

std::string NewFolder() {
  std::string folder = absl::StrCat(::testing::TempDir(), "/idle-", getpid());
  std::filesystem::remove_all(folder);
  return folder;
}

}  // namespace

double BytesInUse() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

IdleWorld::IdleWorld(size_t events_max)
    : folder_(NewFolder()),
      keeper_(*StateKeeper::Open(folder_, kLegsMax)),
      state_(clock_, "epoch", events_max, keeper_.get()),
      sockets_(SocketAddress(IpAddress::V4(127, 0, 0, 1), 0),
               *net::PortRange::Create(14000, 14999, absl::Seconds(1)), clock_),
      prompts_(clock_, 1 << 20) {
  std::unique_ptr<net::RingNetwork> network =
      *net::RingNetwork::Create({.sockets_max = 2 * kLegsMax, .packet_buffers = 64});
  net::RingNetwork* const raw = network.get();
  std::vector<engine::WorkerSeat> seats;
  seats.push_back({.network = std::move(network), .prepare = [raw] { return raw->Enable(); }});
  engine_ = *engine::Engine::Start(
      {.admission = {.load_max = 1e9, .legs_max = kLegsMax}, .rooms_max = 2'000'000},
      std::move(seats), listener_);
  quality_ = std::make_unique<QualityMonitor>(*engine_, state_);
  MixerSettings settings;
  settings.advertised_ip = IpAddress::V4(127, 0, 0, 1);
  context_.reset(
      new MixerContext{*engine_, state_, prompts_, *quality_, sockets_, random_, clock_, settings});
  rooms_ = std::make_unique<RoomService>(*context_);
  legs_ = std::make_unique<LegService>(*context_);
}

IdleWorld::~IdleWorld() {
  EndLegs(*context_, "", v1::LEG_REMOVAL_REASON_REQUESTED);
  keeper_->Remove();
  std::filesystem::remove_all(folder_);
}

void IdleWorld::CreateRoom(const std::string& room_id) {
  v1::CreateRoomRequest request;
  request.set_room_id(room_id);
  (*request.mutable_labels())["conference"] = absl::StrCat("c-", room_id);
  request.mutable_empty_timeout()->set_seconds(3600);
  v1::CreateRoomResponse response;
  const grpc::Status status = rooms_->CreateRoom(nullptr, &request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
}

void IdleWorld::DeleteRoom(const std::string& room_id) {
  v1::DeleteRoomRequest request;
  request.set_room_id(room_id);
  v1::DeleteRoomResponse response;
  const grpc::Status status = rooms_->DeleteRoom(nullptr, &request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
}

void IdleWorld::AddLeg(const std::string& room_id, int number) {
  const std::string call = absl::StrCat("call-", 1'000'000 + number);
  v1::AddLegRequest request;
  request.set_request_id(call);
  request.set_room_id(room_id);
  request.set_sdp_offer(absl::StrCat("v=0\r\no=- ", number,
                                     " 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                                     "m=audio ",
                                     30000 + 2 * number,
                                     " RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\n"
                                     "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
                                     "a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"));
  request.set_signaling_address("127.0.0.1");
  (*request.mutable_labels())["call"] = call;
  v1::AddLegResponse response;
  const grpc::Status status = legs_->AddLeg(nullptr, &request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
}

void IdleWorld::MeasureLegs() {
  constexpr int kSlices = 10;
  for (int i = 0; i < kSlices; ++i) quality_->MeasureSome();
}

}  // namespace narada::mixer::service
