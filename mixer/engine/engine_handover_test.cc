// Commands, messages and whole legs handed between threads, under fire: what TSan watches. No phones
// here: they lock by Abseil, whose packaged library TSan cannot look into.
#include <sys/socket.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/engine/engine_world.h"

namespace narada::mixer::engine {
namespace {

constexpr int kRooms = 6;
constexpr int kLegs = 12;

TEST(EngineHandover, AllThatIsAskedForAtOnceIsDoneOnce) {
  EngineWorld world;
  std::vector<room::RoomId> rooms;
  for (int i = 0; i < kRooms; ++i) rooms.push_back(world.AddRoom());
  std::vector<room::LegId> legs;
  std::vector<SocketAddress> ports;
  for (int i = 0; i < kLegs; ++i) {
    std::unique_ptr<WorkerLeg> leg = world.NewLeg(9);
    legs.push_back(leg->id());
    ports.push_back(leg->sockets().rtp.local());
    ASSERT_EQ(world.engine().AddLeg(rooms[static_cast<size_t>(i % kRooms)], leg, {}),
              absl::OkStatus());
  }

  // Datagrams arrive all the while.
  std::atomic<bool> stop{false};
  std::thread sender([&] {
    const net::UdpSocket socket =
        *net::UdpSocket::Bind(SocketAddress(IpAddress::V4(127, 0, 0, 1), 0));
    const uint8_t packet[172] = {0x80, 8};
    while (!stop.load()) {
      for (const SocketAddress& port : ports) {
        sockaddr_storage address;
        const socklen_t length = port.ToSockaddr(&address);
        sendto(socket.handle(), packet, sizeof(packet), 0, reinterpret_cast<sockaddr*>(&address),
               length);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });

  std::atomic<int> moved{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 20; ++i) {
        const room::LegId leg = legs[static_cast<size_t>((i * 5 + thread * 3) % kLegs)];
        const room::RoomId to = rooms[static_cast<size_t>((i + thread) % kRooms)];
        EXPECT_EQ(world.engine().MoveLeg(leg, to, false, [&] { ++moved; }), absl::OkStatus());
        room::LegStatistics statistics;
        EXPECT_EQ(world.engine().WithLeg(leg,
                                         [&](WorkerLeg& the_leg, MediaTime) {
                                           the_leg.SetMuted(i % 2 == 0);
                                           statistics = the_leg.statistics();
                                           return CommandOutcome::kDone;
                                         }),
                  absl::OkStatus());
        std::unique_ptr<WorkerLeg> visitor = world.NewLeg(9);
        const room::LegId id = visitor->id();
        EXPECT_EQ(world.engine().AddLeg(to, visitor, {}), absl::OkStatus());
        EXPECT_TRUE(world.engine().RemoveLeg(id, {}).ok());
        world.engine().FiguresOf(i % 2);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  stop.store(true);
  sender.join();

  EXPECT_GT(moved.load(), 0);
  EXPECT_EQ(world.engine().CountLegs(), static_cast<size_t>(kLegs));
  size_t in_rooms = 0;
  for (const room::RoomId room : rooms) in_rooms += world.engine().CountLegs(room);
  EXPECT_EQ(in_rooms, static_cast<size_t>(kLegs));
  uint64_t received = 0;
  for (const room::LegId leg : legs) {
    const absl::StatusOr<RemovedLeg> removed = world.engine().RemoveLeg(leg, {});
    ASSERT_TRUE(removed.ok()) << removed.status();
    for (const uint64_t drops : removed->statistics.drops) received += drops;
    received += removed->statistics.packets_received;
  }
  EXPECT_GT(received, 0u);
  for (const room::RoomId room : rooms) {
    EXPECT_EQ(world.engine().DeleteRoom(room, {}), absl::OkStatus());
  }
}

}  // namespace
}  // namespace narada::mixer::engine
