// Idle rooms cost bytes: no thread, no wake-up, no tick. Permanent rooms by the hundred thousand, and rooms
// that come and go by the thousand per second, by the calls that gRPC makes.
//   bazel-bin/mixer/service/idle_rooms_test --rooms=1000000     # in ./test: 100000
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "mixer/service/idle_world.h"

ABSL_FLAG(int, rooms, 100'000, "Idle rooms.");

namespace narada::mixer::service {
namespace {

// With what hash tables keep free; a million of them are less than half a gigabyte.
constexpr double kBytesPerRoomMax = 512;
constexpr double kRoomsPerSecondMin =
    5'000;  // Also on a busy machine; it says how many there were.

std::string Name(int number) { return absl::StrCat("room-", number); }

int CountThreads() {
  return static_cast<int>(
      std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}));
}

TEST(IdleRooms, CostBytesAndNothingElse) {
  IdleWorld world;
  const int rooms = absl::GetFlag(FLAGS_rooms);
  const int threads_before = CountThreads();
  const double bytes_before = BytesInUse();
  absl::Time start = absl::Now();
  for (int i = 0; i < rooms; ++i) world.CreateRoom(Name(i));
  const double created_s = absl::ToDoubleSeconds(absl::Now() - start);
  const double bytes = (BytesInUse() - bytes_before) / rooms;
  EXPECT_EQ(world.engine().CountRooms(), static_cast<size_t>(rooms));
  EXPECT_EQ(CountThreads(), threads_before);
  EXPECT_LE(bytes, kBytesPerRoomMax);

  // The worker's wake-ups are those of its clock, and no room ticks.
  const engine::WorkerFigures before = world.engine().FiguresOf(0);
  absl::SleepFor(absl::Seconds(1));
  const engine::WorkerFigures after = world.engine().FiguresOf(0);
  EXPECT_EQ(after.rooms_due, 0u);
  EXPECT_EQ(after.ticks, before.ticks);
  EXPECT_LT(after.load, 0.05);

  start = absl::Now();
  for (int i = 0; i < rooms; ++i) world.DeleteRoom(Name(i));
  const double deleted_s = absl::ToDoubleSeconds(absl::Now() - start);
  EXPECT_EQ(world.engine().CountRooms(), 0u);
  EXPECT_GT(rooms / created_s, kRoomsPerSecondMin);
  EXPECT_GT(rooms / deleted_s, kRoomsPerSecondMin);
  std::printf("%d idle rooms: %.0f bytes each; %.0f created and %.0f deleted per second\n", rooms,
              bytes, rooms / created_s, rooms / deleted_s);
}

TEST(IdleRooms, ComeAndGoByTheThousandAndLeaveNothing) {
  IdleWorld world;
  constexpr int kRounds = 20'000;
  for (int i = 0; i < 1000; ++i) world.CreateRoom(Name(i));  // The heap has found its size.
  for (int i = 0; i < 1000; ++i) world.DeleteRoom(Name(i));
  const double bytes_before = BytesInUse();
  const absl::Time start = absl::Now();
  for (int i = 0; i < kRounds; ++i) {
    world.CreateRoom(Name(i));
    world.DeleteRoom(Name(i));
  }
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  EXPECT_LT(BytesInUse(), bytes_before + (256 << 10));
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
