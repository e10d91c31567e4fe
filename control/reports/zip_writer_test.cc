#include "control/reports/zip_writer.h"

#include <archive.h>
#include <archive_entry.h>

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace narada::control::reports {
namespace {

using Files = std::map<std::string, std::string>;

// What is in the archive, as libarchive's reader finds it.
Files Unpacked(const std::string& bytes) {
  Files files;
  archive* const zip = archive_read_new();
  archive_read_support_format_zip(zip);
  EXPECT_EQ(archive_read_open_memory(zip, bytes.data(), bytes.size()), ARCHIVE_OK);
  archive_entry* entry = nullptr;
  while (archive_read_next_header(zip, &entry) == ARCHIVE_OK) {
    std::string& content = files[archive_entry_pathname(entry)];
    char piece[4096];
    la_ssize_t count = 0;
    while ((count = archive_read_data(zip, piece, sizeof(piece))) > 0) content.append(piece, count);
    EXPECT_EQ(count, 0);
  }
  archive_read_free(zip);
  return files;
}

TEST(ZipWriter, FilesComeOutAsTheyWentIn) {
  std::string bytes;
  ZipWriter zip([&](absl::string_view piece) {
    bytes.append(piece.data(), piece.size());
    return true;
  });
  std::string sound(300'000, 'x');
  sound[299'999] = 'y';
  zip.Begin("calls.jsonl", absl::UnixEpoch());
  EXPECT_TRUE(zip.Add("one\n"));
  EXPECT_TRUE(zip.Add("two\n"));
  zip.Begin("empty.jsonl", absl::UnixEpoch());
  zip.Begin("recordings/r-1/l-1", absl::UnixEpoch());
  EXPECT_TRUE(zip.Add(sound));
  ASSERT_EQ(zip.Finish(), absl::OkStatus());
  EXPECT_EQ(bytes.substr(0, 4), "PK\x03\x04");
  EXPECT_EQ(
      Unpacked(bytes),
      (Files{{"calls.jsonl", "one\ntwo\n"}, {"empty.jsonl", ""}, {"recordings/r-1/l-1", sound}}));
}

TEST(ZipWriter, ReaderWhoGoesAwayEndsIt) {
  ZipWriter zip([](absl::string_view) { return false; });
  zip.Begin("a", absl::UnixEpoch());
  zip.Add(std::string(100, 'x'));
  EXPECT_EQ(zip.Finish().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace narada::control::reports
