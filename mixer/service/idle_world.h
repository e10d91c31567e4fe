// The mixer's service classes over a real engine, without a server in front of them: for tests that ask
// what rooms and legs cost in which nothing happens.
//   IdleWorld world;
//   world.CreateRoom("room-1");
//   world.AddLeg("room-1", 1);
//   const double bytes = BytesInUse() - before;
#ifndef NARADA_MIXER_SERVICE_IDLE_WORLD_H_
#define NARADA_MIXER_SERVICE_IDLE_WORLD_H_

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "mixer/engine/engine.h"
#include "mixer/net/udp_socket_pairs.h"
#include "mixer/service/leg_service.h"
#include "mixer/service/mixer_context.h"
#include "mixer/service/room_service.h"
#include "mixer/service/state_keeper.h"

namespace narada::mixer::service {

// Of the heap, all arenas together.
double BytesInUse();

class IdleWorld {
 public:
  // As many legs as it takes.
  static constexpr uint32_t kLegsMax = 256;

  // So many events are remembered.
  explicit IdleWorld(size_t events_max = 256);
  ~IdleWorld();

  // As control asks for them. Errors end the test.
  void CreateRoom(const std::string& room_id);
  void DeleteRoom(const std::string& room_id);
  // Of a phone that offers G.711 and telephone-event.
  void AddLeg(const std::string& room_id, int number);
  // All legs are measured, as the mixer does every 10 s.
  void MeasureLegs();

  engine::Engine& engine() { return *engine_; }

 private:
  class NoListener final : public engine::EngineListener {
   public:
    void OnEvent(const room::RoomEvent&) override {}
    void OnEventsLost(uint64_t) override {}
  };

  SystemClock clock_;
  SecureRandom random_;
  const std::string folder_;
  std::unique_ptr<StateKeeper> keeper_;
  MixerState state_;
  NoListener listener_;
  net::UdpSocketPairs sockets_;
  PromptStore prompts_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<QualityMonitor> quality_;
  std::unique_ptr<MixerContext> context_;
  std::unique_ptr<RoomService> rooms_;
  std::unique_ptr<LegService> legs_;
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_IDLE_WORLD_H_
