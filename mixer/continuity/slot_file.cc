#include "mixer/continuity/slot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status.h"

namespace narada::mixer::continuity {
namespace {

constexpr char kMagic[8] = {'N', 'A', 'R', 'S', 'L', 'O', 'T', 'S'};
constexpr size_t kHeaderBytes = 64;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t value_bytes;
  uint32_t count;
};
static_assert(sizeof(Header) <= kHeaderBytes);

size_t RoundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

absl::Status Unusable(const std::string& path, const char* what) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "STATE_UNUSABLE",
                         absl::StrCat("cannot ", what, " ", path, ": ", strerror(errno)));
}

// Closes a file at the end of a scope; a mapping does not need it any more.
struct File {
  ~File() {
    if (number >= 0) close(number);
  }
  int number;
};

bool IsUsable(const Header& header, const SlotLayout& layout, size_t file_bytes,
              size_t slot_bytes) {
  return memcmp(header.magic, kMagic, sizeof(kMagic)) == 0 && header.version == layout.version &&
         header.value_bytes == layout.value_bytes &&
         file_bytes >= kHeaderBytes + slot_bytes * header.count;
}

}  // namespace

absl::StatusOr<SlotFile> SlotFile::Open(const std::string& path, const SlotLayout& layout,
                                        uint32_t count) {
  const size_t copy_bytes = RoundUp(layout.value_bytes, Slot::kAlignment);
  const size_t slot_bytes = Slot::kAlignment + 2 * copy_bytes;
  // It holds media keys.
  const File file{open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (file.number < 0) return Unusable(path, "open");
  struct stat status {};
  if (fstat(file.number, &status) != 0) return Unusable(path, "read");

  Header header{};
  const bool is_old = pread(file.number, &header, sizeof(header), 0) == sizeof(header) &&
                      IsUsable(header, layout, static_cast<size_t>(status.st_size), slot_bytes);
  if (is_old) {
    count = std::max(count, header.count);
  } else if (ftruncate(file.number, 0) != 0) {
    return Unusable(path, "empty");
  }
  const size_t bytes = kHeaderBytes + slot_bytes * count;
  // Room is taken now: a tmpfs that is full must refuse the start, not end a worker by SIGBUS.
  if (const int error = posix_fallocate(file.number, 0, static_cast<off_t>(bytes)); error != 0) {
    errno = error;
    return Unusable(path, "make room for");
  }
  void* const memory =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file.number, 0);
  if (memory == MAP_FAILED) return Unusable(path, "map");

  header = {.version = layout.version,
            .value_bytes = static_cast<uint32_t>(layout.value_bytes),
            .count = count};
  memcpy(header.magic, kMagic, sizeof(kMagic));
  memcpy(memory, &header, sizeof(header));
  return SlotFile(static_cast<uint8_t*>(memory), bytes, count, copy_bytes);
}

SlotFile::SlotFile(SlotFile&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)),
      bytes_(other.bytes_),
      count_(other.count_),
      copy_bytes_(other.copy_bytes_) {}

SlotFile::~SlotFile() {
  if (memory_ != nullptr) munmap(memory_, bytes_);
}

Slot SlotFile::slot(uint32_t index) noexcept {
  CHECK(index < count_) << "slot " << index << " of " << count_;
  const size_t slot_bytes = Slot::kAlignment + 2 * copy_bytes_;
  return Slot(memory_ + kHeaderBytes + slot_bytes * index, copy_bytes_);
}

}  // namespace narada::mixer::continuity
