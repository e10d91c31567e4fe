// A file that grows at its end and whose head may be rewritten. What is appended waits in memory until
// Flush(); a disk that refuses gets it again with the next Flush(), until as much waits as may.
//   AppendFile file(*std::move(made));
//   file.Append(bytes);  file.AppendZeros(1 << 30);    // the zeros take no place, on most disks
//   if (!file.Flush().ok()) ...                        // nothing is lost yet
//   if (file.is_blocked()) ...                         // do not append: memory is bounded
// One thread.
#ifndef NARADA_MIXER_FILES_APPEND_FILE_H_
#define NARADA_MIXER_FILES_APPEND_FILE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "mixer/files/folder.h"

namespace narada::mixer::files {

class AppendFile {
 public:
  // So much may wait for a disk that refuses.
  static constexpr size_t kWaitingMax = 256 << 10;

  // Appends behind what the file holds; `size` bytes.
  explicit AppendFile(File file, uint64_t size = 0)
      : file_(std::move(file)), end_(size), written_(size) {}

  void Append(std::span<const uint8_t> bytes);
  void AppendZeros(uint64_t count);
  bool is_blocked() const { return waiting_bytes_ >= kWaitingMax; }

  absl::Status Flush();
  // Gives up what waits: the file ends where it did after the last Flush().
  absl::Status Abandon();
  // Only of what Flush() has written.
  absl::Status Rewrite(uint64_t offset, std::span<const uint8_t> bytes) {
    return file_.WriteAt(offset, bytes);
  }
  absl::Status Sync() { return file_.Sync(); }

  // With what waits, and without.
  uint64_t size() const { return end_; }
  uint64_t written() const { return written_; }

 private:
  struct Piece {
    uint64_t offset;
    std::vector<uint8_t> bytes;
  };

  File file_;
  std::vector<Piece> waiting_;  // In order; between them are zeros.
  size_t waiting_bytes_ = 0;
  uint64_t end_;
  uint64_t written_;
  bool ends_with_zeros_ = false;
};

}  // namespace narada::mixer::files

#endif  // NARADA_MIXER_FILES_APPEND_FILE_H_
