#include "mixer/continuity/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"

namespace narada::mixer::continuity {
namespace {

// A smaller file is not worth being written anew.
constexpr size_t kCompactMin = 1 << 20;

// Keys and values follow. The checksum is over all behind it.
struct RecordHeader {
  uint32_t checksum;
  uint32_t key_size;
  uint32_t value_size;
};

// FNV-1a: finds a record that was cut off, which is all that can happen to one.
uint32_t Checksum(const char* bytes, size_t size) {
  uint32_t sum = 2166136261u;
  for (size_t i = 0; i < size; ++i) sum = (sum ^ static_cast<uint8_t>(bytes[i])) * 16777619u;
  return sum;
}

std::string Encode(absl::string_view key, absl::string_view value, uint32_t value_size) {
  RecordHeader header{
      .checksum = 0, .key_size = static_cast<uint32_t>(key.size()), .value_size = value_size};
  std::string record(sizeof(header), '\0');
  record.append(key.data(), key.size());
  record.append(value.data(), value.size());
  memcpy(record.data(), &header, sizeof(header));
  header.checksum =
      Checksum(record.data() + sizeof(header.checksum), record.size() - sizeof(header.checksum));
  memcpy(record.data(), &header, sizeof(header));
  return record;
}

absl::Status Unusable(const std::string& path, const char* what) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "STATE_UNUSABLE",
                         absl::StrCat("cannot ", what, " ", path, ": ", strerror(errno)));
}

bool WriteAll(int file, const std::string& bytes) {
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t written = write(file, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    done += static_cast<size_t>(written);
  }
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return Unusable(path, "open");
  std::unique_ptr<Journal> journal(new Journal(path, file));
  ASSIGN_OR_RETURN(journal->records_, Read(file, &journal->size_));
  if (ftruncate(file, static_cast<off_t>(journal->size_)) != 0) return Unusable(path, "cut");
  RETURN_IF_ERROR(journal->Compact(journal->records_));
  return journal;
}

Journal::~Journal() { close(file_); }

absl::StatusOr<Journal::Records> Journal::Read(int file, size_t* whole_bytes) {
  struct stat status {};
  if (fstat(file, &status) != 0) return Unusable("the journal", "read");
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t got =
        pread(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got <= 0) return Unusable("the journal", "read");
    done += static_cast<size_t>(got);
  }
  Records records;
  size_t at = 0;
  while (bytes.size() - at >= sizeof(RecordHeader)) {
    RecordHeader header;
    memcpy(&header, bytes.data() + at, sizeof(header));
    const size_t value_size = header.value_size == kErased ? 0 : header.value_size;
    const size_t record_size = sizeof(header) + size_t{header.key_size} + value_size;
    if (record_size > bytes.size() - at) break;
    const char* const checked = bytes.data() + at + sizeof(header.checksum);
    if (Checksum(checked, record_size - sizeof(header.checksum)) != header.checksum) break;
    std::string key(bytes.data() + at + sizeof(header), header.key_size);
    if (header.value_size == kErased) {
      records.erase(key);
    } else {
      records.insert_or_assign(
          std::move(key), std::string(bytes.data() + at + record_size - value_size, value_size));
    }
    at += record_size;
  }
  *whole_bytes = at;
  return records;
}

Journal::Records Journal::TakeRecords() {
  std::lock_guard lock(mutex_);
  return std::exchange(records_, {});
}

void Journal::Append(absl::string_view key, absl::string_view value, uint32_t value_size) {
  const std::string record = Encode(key, value, value_size);
  std::lock_guard lock(mutex_);
  if (!WriteAll(file_, record)) {
    const int error = errno;
    // Half a record would hide all that follow it.
    if (ftruncate(file_, static_cast<off_t>(size_)) != 0) return Lose("cannot cut the journal");
    return Lose(strerror(error));
  }
  size_ += record.size();
  if (size_ < kCompactMin || size_ < 2 * compacted_size_) return;
  size_t whole = 0;
  absl::StatusOr<Records> records = Read(file_, &whole);
  const absl::Status compacted = records.ok() ? Compact(*records) : records.status();
  if (!compacted.ok()) {
    LOG_WARNING("the journal cannot be written anew and goes on growing: {}", compacted);
    compacted_size_ = size_;  // Tried again when it has doubled once more.
  }
}

void Journal::Lose(absl::string_view why) {
  if (lost_++ == 0) {
    LOG_ERROR("a change of the state is not kept, and would be unknown after a crash: {}", why);
  }
}

absl::Status Journal::Compact(const Records& records) {
  const std::string path = path_ + ".new";
  const int file =
      open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return Unusable(path, "open");
  size_t size = 0;
  std::string bytes;
  bool is_written = true;
  for (const auto& [key, value] : records) {
    bytes += Encode(key, value, static_cast<uint32_t>(value.size()));
    if (bytes.size() < kCompactMin) continue;
    is_written = is_written && WriteAll(file, bytes);
    size += bytes.size();
    bytes.clear();
  }
  is_written = is_written && WriteAll(file, bytes);
  size += bytes.size();
  // The old file is whole until the new one has its name.
  if (!is_written || rename(path.c_str(), path_.c_str()) != 0) {
    const absl::Status status = Unusable(path, "write");
    close(file);
    unlink(path.c_str());
    return status;
  }
  close(std::exchange(file_, file));
  size_ = compacted_size_ = size;
  return absl::OkStatus();
}

uint64_t Journal::records_lost() const {
  std::lock_guard lock(mutex_);
  return lost_;
}

size_t Journal::size_bytes() const {
  std::lock_guard lock(mutex_);
  return size_;
}

}  // namespace narada::mixer::continuity
