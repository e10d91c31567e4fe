#include "mixer/continuity/journal.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "gtest/gtest.h"

namespace narada::mixer::continuity {
namespace {

std::string NewPath(const char* name) {
  const std::string path = absl::StrCat(std::getenv("TEST_TMPDIR"), "/", name);
  unlink(path.c_str());
  return path;
}

Journal::Records ReadAgain(const std::string& path) {
  absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(path);
  EXPECT_TRUE(journal.ok()) << journal.status();
  return (*journal)->TakeRecords();
}

TEST(Journal, RemembersWhatWasPutLastAndForgetsWhatWasErased) {
  const std::string path = NewPath("remembers");
  {
    absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(path);
    ASSERT_TRUE(journal.ok()) << journal.status();
    EXPECT_TRUE((*journal)->TakeRecords().empty());
    (*journal)->Put("leg/1", "old");
    (*journal)->Put("leg/2", std::string("nul\0inside", 10));
    (*journal)->Put("leg/1", "new");
    (*journal)->Put("leg/3", "");
    (*journal)->Put("leg/4", "gone");
    (*journal)->Erase("leg/4");
    (*journal)->Erase("leg/never");
  }
  const Journal::Records expected = {
      {"leg/1", "new"}, {"leg/2", std::string("nul\0inside", 10)}, {"leg/3", ""}};
  EXPECT_EQ(ReadAgain(path), expected);
  EXPECT_EQ(ReadAgain(path), expected);  // Reading took nothing away.
}

// A process that is killed while it writes leaves a part of its last record, or of none.
TEST(Journal, LeavesOutWhatWasHalfWritten) {
  const std::string path = NewPath("half");
  {
    absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(path);
    (*journal)->Put("a", "first");
    (*journal)->Put("b", "second");
  }
  const uintmax_t whole = std::filesystem::file_size(path);
  for (uintmax_t size = whole - 1; size > whole / 2; --size) {
    std::filesystem::resize_file(path, size);
    EXPECT_EQ(ReadAgain(path), (Journal::Records{{"a", "first"}})) << size << " bytes";
    absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(path);
    (*journal)->Put("b", "second");  // What is appended then can be read.
    journal->reset();
    EXPECT_EQ(ReadAgain(path).size(), 2u) << size << " bytes";
  }
}

TEST(Journal, StaysSmallThroughAMillionChanges) {
  const std::string path = NewPath("small");
  absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(path);
  const std::string value(100, 'v');
  for (int i = 0; i < 100'000; ++i) {
    (*journal)->Put(absl::StrCat("room/", i % 50), value);
    (*journal)->Put(absl::StrCat("passing/", i), value);
    (*journal)->Erase(absl::StrCat("passing/", i));
  }
  EXPECT_LT((*journal)->size_bytes(), 2u << 20);
  EXPECT_EQ((*journal)->records_lost(), 0u);
  journal->reset();
  EXPECT_EQ(ReadAgain(path).size(), 50u);
}

TEST(Journal, WhereThereIsNoRoomSaysSo) {
  EXPECT_EQ(ReasonOf(Journal::Open("/proc/none").status()), "STATE_UNUSABLE");
}

// A limit on the size of files stands in for a full tmpfs: the write ends in the middle.
TEST(Journal, ThatCannotBeWrittenCountsAndGoesOn) {
  const std::string path = NewPath("full");
  absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(path);
  (*journal)->Put("a", "first");
  ASSERT_EQ((*journal)->records_lost(), 0u);
  signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlim_t before = std::exchange(limit.rlim_cur, 100);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  (*journal)->Put("b", std::string(200, 'x'));
  limit.rlim_cur = before;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  EXPECT_EQ((*journal)->records_lost(), 1u);
  (*journal)->Put("c", "third");
  journal->reset();
  EXPECT_EQ(ReadAgain(path), (Journal::Records{{"a", "first"}, {"c", "third"}}));
}

}  // namespace
}  // namespace narada::mixer::continuity
