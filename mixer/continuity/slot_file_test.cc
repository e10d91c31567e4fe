#include "mixer/continuity/slot_file.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status.h"
#include "gtest/gtest.h"

namespace narada::mixer::continuity {
namespace {

// Whole if and only if all words are the same.
struct Value {
  std::array<uint64_t, 60> words;
};
constexpr SlotLayout kLayout = {.version = 1, .value_bytes = sizeof(Value)};

std::string NewPath(const char* name) {
  const std::string path = absl::StrCat(std::getenv("TEST_TMPDIR"), "/", name);
  unlink(path.c_str());
  return path;
}

void Write(Slot slot, uint64_t word) {
  slot.Begin<Value>().words.fill(word);
  slot.Commit();
}

TEST(SlotFile, ReadsInItsNextLifeWhatWasCommittedLast) {
  const std::string path = NewPath("committed");
  {
    absl::StatusOr<SlotFile> file = SlotFile::Open(path, kLayout, 4);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(file->slot(2).Read<Value>(), nullptr);
    for (uint64_t word = 1; word <= 7; ++word) Write(file->slot(2), word);
    file->slot(2).Begin<Value>().words.fill(99);  // Never committed.
  }
  absl::StatusOr<SlotFile> file = SlotFile::Open(path, kLayout, 4);
  ASSERT_TRUE(file.ok());
  ASSERT_NE(file->slot(2).Read<Value>(), nullptr);
  EXPECT_EQ(file->slot(2).Read<Value>()->words[0], 7u);
  EXPECT_EQ(file->slot(1).Read<Value>(), nullptr);
  file->slot(2).Clear();
  EXPECT_EQ(file->slot(2).Read<Value>(), nullptr);
}

TEST(SlotFile, GrowsAndKeepsWhatItHolds) {
  const std::string path = NewPath("grown");
  Write(SlotFile::Open(path, kLayout, 2)->slot(1), 5);
  absl::StatusOr<SlotFile> file = SlotFile::Open(path, kLayout, 100);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->count(), 100u);
  EXPECT_EQ(file->slot(1).Read<Value>()->words[0], 5u);
  EXPECT_EQ(file->slot(99).Read<Value>(), nullptr);
}

TEST(SlotFile, OfAnotherLayoutIsEmptied) {
  const std::string path = NewPath("layout");
  Write(SlotFile::Open(path, kLayout, 2)->slot(1), 5);
  absl::StatusOr<SlotFile> file =
      SlotFile::Open(path, {.version = 2, .value_bytes = sizeof(Value)}, 2);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->slot(1).Read<Value>(), nullptr);
}

TEST(SlotFile, OfGarbageIsEmptied) {
  const std::string path = NewPath("garbage");
  std::ofstream(path) << std::string(5000, 'x');
  absl::StatusOr<SlotFile> file = SlotFile::Open(path, kLayout, 2);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->slot(0).Read<Value>(), nullptr);
  EXPECT_EQ(file->slot(1).Read<Value>(), nullptr);
}

TEST(SlotFile, WhereThereIsNoRoomSaysSo) {
  EXPECT_EQ(ReasonOf(SlotFile::Open("/proc/none", kLayout, 2).status()), "STATE_UNUSABLE");
}

// A writer is killed in the middle of its work, again and again, wherever that hits it.
TEST(SlotFile, IsNeverTornByAKill) {
  const std::string path = NewPath("killed");
  uint64_t last = 0;
  for (int round = 0; round < 30; ++round) {
    const pid_t writer = fork();
    ASSERT_GE(writer, 0);
    if (writer == 0) {
      absl::StatusOr<SlotFile> file = SlotFile::Open(path, kLayout, 3);
      for (uint64_t word = last + 1;; ++word) Write(file->slot(1), word);
    }
    absl::SleepFor(absl::Milliseconds(3) + round * absl::Microseconds(37));
    kill(writer, SIGKILL);
    waitpid(writer, nullptr, 0);
    absl::StatusOr<SlotFile> file = SlotFile::Open(path, kLayout, 3);
    ASSERT_TRUE(file.ok());
    const Value* const value = file->slot(1).Read<Value>();
    if (value == nullptr) continue;  // Killed before its first commit.
    for (const uint64_t word : value->words) ASSERT_EQ(word, value->words[0]) << "round " << round;
    ASSERT_GE(value->words[0], last);
    last = value->words[0];
  }
  EXPECT_GT(last, 1000u) << "the writers came to nothing: nothing is proven";
}

}  // namespace
}  // namespace narada::mixer::continuity
