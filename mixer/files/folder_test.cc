#include "mixer/files/folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "gtest/gtest.h"

namespace narada::mixer::files {
namespace {

using ::testing::TempDir;

std::string NewPath(const std::string& name) {
  const std::string path = TempDir() + "/" + name;
  EXPECT_EQ(system(("rm -rf " + path).c_str()), 0);
  return path;
}

std::span<const uint8_t> Bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

TEST(Folder, KeepsFilesInFolders) {
  const Folder folder = *Folder::Open(NewPath("keeps"));
  const Folder inner = *folder.MakeFolder("talk-1");
  File file = *inner.MakeFile("mix.wav");
  EXPECT_TRUE(file.WriteAt(2, Bytes("abc")).ok());
  EXPECT_EQ(*file.Size(), 5u);
  std::vector<uint8_t> read(8);
  EXPECT_EQ(*inner.OpenFile("mix.wav")->ReadAt(1, read), 4u);
  EXPECT_EQ(read[1], 'a');
  EXPECT_EQ(*folder.List(), std::vector<std::string>{"talk-1"});
  EXPECT_EQ(folder.MakeFolder("talk-1").status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(inner.MakeFile("mix.wav").status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(folder.RemoveFolder("talk-1").ok());
  EXPECT_TRUE(folder.List()->empty());
}

// V23: no name leads out of the folder, neither by itself nor by a link.
TEST(Folder, NamesDoNotLeadOutOfIt) {
  const std::string path = NewPath("names");
  const Folder folder = *Folder::Open(path);
  ASSERT_EQ(symlink("/etc", (path + "/link").c_str()), 0);
  ASSERT_EQ(symlink("/etc/passwd", (path + "/linked_file").c_str()), 0);
  ASSERT_EQ(mkfifo((path + "/pipe").c_str(), 0600), 0);
  const std::vector<std::string> names = {"",
                                          ".",
                                          "..",
                                          "../etc",
                                          "a/b",
                                          "/etc",
                                          "link",
                                          std::string("a\0b", 3),
                                          "\xc0\xae\xc0\xae",
                                          "linked_file",
                                          "pipe",
                                          "*"};
  for (const std::string& name : names) {
    EXPECT_FALSE(folder.OpenFolder(name).ok()) << name;
    EXPECT_FALSE(folder.OpenFile(name).ok()) << name;
    EXPECT_FALSE(folder.RemoveFolder(name).ok()) << name;
  }
  EXPECT_FALSE(folder.MakeFile("../x").ok());
  EXPECT_FALSE(folder.MakeFile("linked_file").ok());
}

TEST(Folder, SaysWhyItCannotBeUsed) {
  const std::string path = NewPath("not_a_folder");
  { *Folder::Open(path)->MakeFile("file"); }
  for (const std::string& unusable : {path + "/file", path + "/missing/deeper"}) {
    const absl::Status status = Folder::Open(unusable).status();
    EXPECT_EQ(ReasonOf(status), "RECORDINGS_DIR_UNUSABLE");
    EXPECT_NE(std::string(status.message()).find(unusable), std::string::npos);
  }
}

TEST(Folder, TellsFreeSpace) { EXPECT_GT(*Folder::Open(NewPath("free"))->FreeBytes(), 0u); }

TEST(Folder, AsksItsHookBeforeItWrites) {
  bool is_full = false;
  const Folder folder = *Folder::Open(NewPath("hook"), [&](size_t) {
    return is_full ? ErrorWithReason(absl::StatusCode::kResourceExhausted, "DISK_FULL", "test")
                   : absl::OkStatus();
  });
  File file = *folder.MakeFile("mix.wav");
  EXPECT_TRUE(file.WriteAt(0, Bytes("abc")).ok());
  is_full = true;
  EXPECT_EQ(ReasonOf(file.WriteAt(3, Bytes("abc"))), "DISK_FULL");
  EXPECT_EQ(*file.Size(), 3u);
}

}  // namespace
}  // namespace narada::mixer::files
