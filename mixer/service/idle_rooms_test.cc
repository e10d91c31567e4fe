// Idle rooms cost bytes: no thread, no wake-up, no tick. Permanent rooms by the hundred thousand, and rooms
// that come and go by the thousand per second, by the calls that gRPC makes.
//   bazel-bin/mixer/service/idle_rooms_test --rooms=1000000     # in ./test: 100000
#include <malloc.h>

#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "gtest/gtest.h"
#include "mixer/net/ring_network.h"
#include "mixer/net/udp_socket_pairs.h"
#include "mixer/service/mixer_context.h"
#include "mixer/service/room_service.h"

ABSL_FLAG(int, rooms, 100'000, "Idle rooms.");

namespace narada::mixer::service {
namespace {

// Some 540 with what hash tables keep free; a million of them are about half a gigabyte.
constexpr double kBytesPerRoomMax = 640;
constexpr double kRoomsPerSecondMin =
    5'000;  // Also on a busy machine; it says how many there were.

class NoListener final : public engine::EngineListener {
 public:
  void OnEvent(const room::RoomEvent&) override {}
  void OnEventsLost(uint64_t) override {}
};

class IdleRoomsTest : public ::testing::Test {
 protected:
  IdleRoomsTest()
      : state_(clock_, "epoch", /*events_max=*/256),
        sockets_(SocketAddress(IpAddress::V4(127, 0, 0, 1), 0),
                 *net::PortRange::Create(14000, 14099, absl::Seconds(1)), clock_),
        prompts_(clock_, 1 << 20) {
    std::unique_ptr<net::RingNetwork> network =
        *net::RingNetwork::Create({.sockets_max = 64, .packet_buffers = 64});
    net::RingNetwork* const raw = network.get();
    std::vector<engine::WorkerSeat> seats;
    seats.push_back({.network = std::move(network), .prepare = [raw] { return raw->Enable(); }});
    engine_ = *engine::Engine::Start({.admission = {.legs_max = 32}, .rooms_max = 2'000'000},
                                     std::move(seats), listener_);
    quality_ = std::make_unique<QualityMonitor>(*engine_, state_);
    context_.reset(new MixerContext{*engine_, state_, prompts_, *quality_, sockets_, random_,
                                    clock_, MixerSettings()});
    rooms_ = std::make_unique<RoomService>(*context_);
  }

  void Create(int number) {
    v1::CreateRoomRequest request;
    request.set_room_id(absl::StrCat("room-", number));
    v1::CreateRoomResponse response;
    const grpc::Status status = rooms_->CreateRoom(nullptr, &request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  void Delete(int number) {
    v1::DeleteRoomRequest request;
    request.set_room_id(absl::StrCat("room-", number));
    v1::DeleteRoomResponse response;
    const grpc::Status status = rooms_->DeleteRoom(nullptr, &request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  static int CountThreads() {
    return static_cast<int>(
        std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}));
  }

  SystemClock clock_;
  SecureRandom random_;
  MixerState state_;
  NoListener listener_;
  net::UdpSocketPairs sockets_;
  PromptStore prompts_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<QualityMonitor> quality_;
  std::unique_ptr<MixerContext> context_;
  std::unique_ptr<RoomService> rooms_;
};

TEST_F(IdleRoomsTest, CostBytesAndNothingElse) {
  const int rooms = absl::GetFlag(FLAGS_rooms);
  const int threads_before = CountThreads();
  const size_t bytes_before = mallinfo2().uordblks + mallinfo2().hblkhd;
  absl::Time start = absl::Now();
  for (int i = 0; i < rooms; ++i) Create(i);
  const double created_s = absl::ToDoubleSeconds(absl::Now() - start);
  const double bytes =
      static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd - bytes_before) / rooms;
  EXPECT_EQ(engine_->CountRooms(), static_cast<size_t>(rooms));
  EXPECT_EQ(CountThreads(), threads_before);
  EXPECT_LE(bytes, kBytesPerRoomMax);

  // The worker's wake-ups are those of its clock, and no room ticks.
  const engine::WorkerFigures before = engine_->FiguresOf(0);
  absl::SleepFor(absl::Seconds(1));
  const engine::WorkerFigures after = engine_->FiguresOf(0);
  EXPECT_EQ(after.rooms_due, 0u);
  EXPECT_EQ(after.ticks, before.ticks);
  EXPECT_LT(after.load, 0.05);

  start = absl::Now();
  for (int i = 0; i < rooms; ++i) Delete(i);
  const double deleted_s = absl::ToDoubleSeconds(absl::Now() - start);
  EXPECT_EQ(engine_->CountRooms(), 0u);
  EXPECT_GT(rooms / created_s, kRoomsPerSecondMin);
  EXPECT_GT(rooms / deleted_s, kRoomsPerSecondMin);
  std::printf("%d idle rooms: %.0f bytes each; %.0f created and %.0f deleted per second\n", rooms,
              bytes, rooms / created_s, rooms / deleted_s);
}

TEST_F(IdleRoomsTest, ComeAndGoByTheThousandAndLeaveNothing) {
  constexpr int kRounds = 20'000;
  for (int i = 0; i < 1000; ++i) Create(i);  // The heap has found its size.
  for (int i = 0; i < 1000; ++i) Delete(i);
  const size_t bytes_before = mallinfo2().uordblks;
  const absl::Time start = absl::Now();
  for (int i = 0; i < kRounds; ++i) {
    Create(i);
    Delete(i);
  }
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  EXPECT_LT(mallinfo2().uordblks, bytes_before + (256 << 10));
  EXPECT_GT(kRounds / seconds, 1000);
  std::printf("%.0f rooms per second came and went\n", kRounds / seconds);
}

}  // namespace
}  // namespace narada::mixer::service

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
