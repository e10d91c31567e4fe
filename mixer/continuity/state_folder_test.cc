#include "mixer/continuity/state_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "gtest/gtest.h"

namespace narada::mixer::continuity {
namespace {

namespace fs = std::filesystem;

std::string NewPath(const char* name) {
  const std::string path = absl::StrCat(std::getenv("TEST_TMPDIR"), "/", name);
  fs::remove_all(path);
  return path;
}

TEST(StateFolder, IsMadeForItsOwnerAlone) {
  const std::string path = NewPath("made/inside");
  absl::StatusOr<StateFolder> folder = StateFolder::Open(path, absl::ZeroDuration());
  ASSERT_TRUE(folder.ok()) << folder.status();
  EXPECT_EQ(folder->File("legs"), path + "/legs");
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST(StateFolder, IsOneMixersAtATime) {
  const std::string path = NewPath("locked");
  {
    absl::StatusOr<StateFolder> first = StateFolder::Open(path, absl::ZeroDuration());
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(ReasonOf(StateFolder::Open(path, absl::Milliseconds(20)).status()), "STATE_TAKEN");
  }
  EXPECT_TRUE(StateFolder::Open(path, absl::ZeroDuration()).ok());
}

TEST(StateFolder, KeepsItsFilesForTheNextLife) {
  const std::string path = NewPath("kept");
  std::ofstream(StateFolder::Open(path, absl::ZeroDuration())->File("legs")) << "state";
  EXPECT_TRUE(fs::exists(StateFolder::Open(path, absl::ZeroDuration())->File("legs")));
}

TEST(StateFolder, ForgetsWhatAnotherStartOfTheMachineLeft) {
  const std::string path = NewPath("booted");
  std::ofstream(StateFolder::Open(path, absl::ZeroDuration())->File("legs")) << "state";
  std::ofstream(path + "/boot") << "another start";
  EXPECT_FALSE(fs::exists(StateFolder::Open(path, absl::ZeroDuration())->File("legs")));
}

TEST(StateFolder, IsEmptyAfterRemove) {
  const std::string path = NewPath("removed");
  absl::StatusOr<StateFolder> folder = StateFolder::Open(path, absl::ZeroDuration());
  std::ofstream(folder->File("legs")) << "state";
  folder->Remove();
  EXPECT_FALSE(fs::exists(folder->File("legs")));
}

TEST(StateFolder, ThatCannotBeMadeSaysSo) {
  EXPECT_EQ(ReasonOf(StateFolder::Open("/proc/none", absl::ZeroDuration()).status()),
            "STATE_UNUSABLE");
}

TEST(StateFolder, KnowsMemoryFromADisk) {
  if (!fs::exists("/dev/shm")) GTEST_SKIP() << "no /dev/shm here";
  const std::string path = absl::StrCat("/dev/shm/narada-state-folder-test-", getpid());
  EXPECT_TRUE(StateFolder::Open(path, absl::ZeroDuration())->IsInMemory());
  fs::remove_all(path);
}

}  // namespace
}  // namespace narada::mixer::continuity
