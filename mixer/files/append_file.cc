#include "mixer/files/append_file.h"

#include "base/status.h"

namespace narada::mixer::files {
namespace {

// Fewer are written like other bytes.
constexpr uint64_t kHoleMin = 64 << 10;

}  // namespace

void AppendFile::Append(std::span<const uint8_t> bytes) {
  if (bytes.empty()) return;
  if (waiting_.empty() || ends_with_zeros_) waiting_.push_back({.offset = end_, .bytes = {}});
  std::vector<uint8_t>& last = waiting_.back().bytes;
  last.insert(last.end(), bytes.begin(), bytes.end());
  waiting_bytes_ += bytes.size();
  end_ += bytes.size();
  ends_with_zeros_ = false;
}

void AppendFile::AppendZeros(uint64_t count) {
  if (count == 0) return;
  if (count < kHoleMin) return Append(std::vector<uint8_t>(count));
  end_ += count;
  ends_with_zeros_ = true;
}

absl::Status AppendFile::Flush() {
  for (const Piece& piece : waiting_) {
    RETURN_IF_ERROR(file_.WriteAt(piece.offset, piece.bytes));
  }
  waiting_.clear();
  waiting_bytes_ = 0;
  if (ends_with_zeros_) RETURN_IF_ERROR(file_.Resize(end_));
  ends_with_zeros_ = false;
  written_ = end_;
  return absl::OkStatus();
}

absl::Status AppendFile::Abandon() {
  waiting_.clear();
  waiting_bytes_ = 0;
  ends_with_zeros_ = false;
  end_ = written_;
  return file_.Resize(written_);
}

}  // namespace narada::mixer::files
