#include "mixer/engine/engine_world.h"

#include <pthread.h>

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "base/check.h"
#include "base/status.h"
#include "mixer/engine/system_call_filter.h"
#include "mixer/net/port_range.h"
#include "mixer/net/ring_network.h"

namespace narada::mixer::engine {
namespace {

const IpAddress kLoopback = IpAddress::V4(127, 0, 0, 1);
constexpr uint8_t kTelephoneEvent = 101;

}  // namespace

void EventCollector::OnEvent(const room::RoomEvent& event) {
  std::lock_guard lock(mutex_);
  events_.push_back(event);
}

void EventCollector::OnEventsLost(uint64_t count) {
  std::lock_guard lock(mutex_);
  lost_ += count;
}

std::vector<room::RoomEvent> EventCollector::events() const {
  std::lock_guard lock(mutex_);
  return events_;
}

uint64_t EventCollector::lost() const {
  std::lock_guard lock(mutex_);
  return lost_;
}

EngineWorld::EngineWorld(const EngineWorldOptions& options) {
  if (options.filter_system_calls) {
    CHECK(SystemCallFilter::PrepareProcess().ok()) << "seccomp is not to be had here";
  }
  if (options.shared_sockets > 0) {
    pairs_ = std::make_unique<net::UdpSocketPairs>(
        SocketAddress(kLoopback, 0),
        *net::PortRange::Create(options.shared_port, options.shared_port + 99,
                                absl::Milliseconds(1)),
        clock_);
    auto shared = SharedSockets::Open({.first_port = options.shared_port,
                                       .workers = options.workers,
                                       .per_worker = options.shared_sockets},
                                      *pairs_);
    CHECK(shared.ok()) << shared.status();
    shared_sockets_ = *std::move(shared);
  }
  EngineOptions engine_options;
  engine_options.shared_sockets = shared_sockets_.get();
  engine_options.admission = options.admission;
  engine_options.filter_system_calls = options.filter_system_calls;
  std::vector<WorkerSeat> seats;
  for (int i = 0; i < options.workers; ++i) {
    net::RingNetworkOptions network_options;
    network_options.sockets_max =
        2 * options.admission.legs_max + 2 * static_cast<uint32_t>(options.shared_sockets);
    network_options.packet_buffers = 1024;
    network_options.hook = options.hook;
    auto network = net::RingNetwork::Create(network_options);
    CHECK(network.ok()) << network.status();
    net::RingNetwork* const raw = network->get();
    seats.push_back({.network = *std::move(network), .prepare = [raw, i] {
                       pthread_setname_np(pthread_self(), ("worker-" + std::to_string(i)).c_str());
                       return raw->Enable();
                     }});
  }
  auto engine = Engine::Start(engine_options, std::move(seats), events_);
  CHECK(engine.ok()) << engine.status();
  engine_ = *std::move(engine);
}

room::RoomId EngineWorld::AddRoom(size_t legs_max) {
  return *engine_->CreateRoom(room::RoomConfig(), legs_max);
}

Call& EngineWorld::AddCall(room::RoomId room) {
  absl::StatusOr<Call*> call = TryAddCall(room);
  CHECK(call.ok()) << call.status();
  return **call;
}

std::unique_ptr<WorkerLeg> EngineWorld::NewLeg(uint16_t phone_port) {
  net::SocketPair sockets;
  sockets.rtp = *net::UdpSocket::Bind(SocketAddress(kLoopback, 0));
  sockets.rtcp = *net::UdpSocket::Bind(SocketAddress(kLoopback, 0));
  return NewLeg(phone_port, std::move(sockets));
}

std::unique_ptr<WorkerLeg> EngineWorld::NewLeg(uint16_t phone_port, LegSockets sockets) {
  room::LegConfig config;
  config.id = engine_->NewLegId();
  config.ssrc = Ssrc(static_cast<uint32_t>(0x1000 + config.id.value));
  config.cname = "test";
  config.seed = config.id.value;
  room::LegMedia media;
  media.receive_formats[0] = {.id = codec::CodecId::kPcma, .payload_type = kPcmaPayloadType};
  media.receive_formats_count = 1;
  media.receive_telephone_event = PayloadType(kTelephoneEvent);
  media.send_telephone_event = PayloadType(kTelephoneEvent);
  media.remote_rtp = SocketAddress(kLoopback, phone_port);
  media.remote_rtcp = SocketAddress(kLoopback, static_cast<uint16_t>(phone_port + 1));
  return std::make_unique<WorkerLeg>(config, media, std::move(sockets));
}

absl::StatusOr<Call*> EngineWorld::TryAddCall(room::RoomId room) {
  return TryAddCallOn(room, std::nullopt);
}

Call& EngineWorld::AddCallOnSharedSocket(room::RoomId room) {
  const SharedPlace place = shared_sockets_->PlacesOf(*engine_->ProspectiveWorkerOf(room))[0];
  absl::StatusOr<Call*> call =
      TryAddCallOn(room, LegSockets(std::make_unique<SharedSeat>(*shared_sockets_, place)));
  CHECK(call.ok()) << call.status();
  return **call;
}

absl::StatusOr<Call*> EngineWorld::TryAddCallOn(room::RoomId room,
                                                std::optional<LegSockets> sockets) {
  if (loop_ == nullptr) loop_ = std::make_unique<phone::PhoneLoop>();
  auto call = std::make_unique<Call>();
  phone::MediaSession::Options options;
  options.codecs = {phone::Codec::kPcma};
  ASSIGN_OR_RETURN(call->phone, phone::MediaSession::Open(*loop_, options));
  std::unique_ptr<WorkerLeg> leg = sockets.has_value()
                                       ? NewLeg(call->phone->port(), *std::move(sockets))
                                       : NewLeg(call->phone->port());
  if (leg->seat() != nullptr) RETURN_IF_ERROR(leg->seat()->Claim(SourcesOf(leg->media())));
  call->leg = leg->id();
  const uint16_t mixer_port = leg->sockets().rtp.local().port();
  RETURN_IF_ERROR(engine_->AddLeg(room, leg, {}));
  RETURN_IF_ERROR(call->phone->StartTo("127.0.0.1", mixer_port, phone::Codec::kPcma));
  calls_.push_back(std::move(call));
  return calls_.back().get();
}

absl::Status EngineWorld::Remove(Call& call) {
  call.phone->SetSending(false);
  return engine_->RemoveLeg(call.leg, {}).status();
}

}  // namespace narada::mixer::engine
