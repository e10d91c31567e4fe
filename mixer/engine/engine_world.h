// A whole engine as main builds it, on real threads, rings and loopback sockets, with phones that
// speak RTP to it in real time.
//   EngineWorld world({.workers = 2});
//   const room::RoomId room = world.AddRoom();
//   Call& call = world.AddCall(room);
//   call.phone->SayTones({{440, -20}});
#ifndef NARADA_MIXER_ENGINE_ENGINE_WORLD_H_
#define NARADA_MIXER_ENGINE_ENGINE_WORLD_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "mixer/engine/engine.h"
#include "mixer/engine/leg_sockets.h"
#include "mixer/engine/shared_sockets.h"
#include "mixer/net/ring_hook.h"
#include "mixer/net/udp_socket.h"
#include "mixer/net/udp_socket_pairs.h"
#include "tests/phone/media_session.h"
#include "tests/phone/phone_loop.h"

namespace narada::mixer::engine {

struct EngineWorldOptions {
  int workers = 2;
  AdmissionLimits admission;
  bool filter_system_calls = false;
  net::RingHook* hook = nullptr;  // Of every worker's ring.
  int shared_sockets = 0;         // Of each worker.
  uint16_t shared_port =
      18000;  // The first one's. Tests that run at a time have ports of their own.
};

// Keeps all that it hears.
class EventCollector final : public EngineListener {
 public:
  void OnEvent(const room::RoomEvent& event) override;
  void OnEventsLost(uint64_t count) override;
  std::vector<room::RoomEvent> events() const;
  uint64_t lost() const;

 private:
  mutable std::mutex mutex_;
  std::vector<room::RoomEvent> events_;
  uint64_t lost_ = 0;
};

struct Call {
  room::LegId leg;
  std::unique_ptr<phone::MediaSession> phone;
};

class EngineWorld {
 public:
  explicit EngineWorld(const EngineWorldOptions& options = {});

  Engine& engine() { return *engine_; }
  const EventCollector& events() const { return events_; }

  room::RoomId AddRoom(size_t legs_max = 1000);
  // The phone is connected and says nothing.
  Call& AddCall(room::RoomId room);
  absl::StatusOr<Call*> TryAddCall(room::RoomId room);
  // The same on a shared socket of the worker that the room has, or will have.
  Call& AddCallOnSharedSocket(room::RoomId room);
  absl::Status Remove(Call& call);
  // A leg without a phone behind it.
  std::unique_ptr<WorkerLeg> NewLeg(uint16_t phone_port);
  std::unique_ptr<WorkerLeg> NewLeg(uint16_t phone_port, LegSockets sockets);
  SharedSockets& shared_sockets() { return *shared_sockets_; }

 private:
  // On sockets of its own unless others are given.
  absl::StatusOr<Call*> TryAddCallOn(room::RoomId room, std::optional<LegSockets> sockets);

  SystemClock clock_;
  std::unique_ptr<net::UdpSocketPairs> pairs_;     // Of the shared ones.
  std::unique_ptr<SharedSockets> shared_sockets_;  // Null: there are none.
  EventCollector events_;
  std::unique_ptr<phone::PhoneLoop> loop_;  // Made for the first call.
  std::vector<std::unique_ptr<Call>> calls_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_ENGINE_WORLD_H_
