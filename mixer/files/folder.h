// A folder on the disk and the files in it, by names that cannot lead out of it.
//   ASSIGN_OR_RETURN(const Folder recordings, Folder::Open("/var/lib/narada/recordings"));
//   ASSIGN_OR_RETURN(Folder one, recordings.MakeFolder("talk-1"));
//   ASSIGN_OR_RETURN(File mix, one.MakeFile("mix.wav"));
//   RETURN_IF_ERROR(mix.WriteAt(0, header));
// Names are [A-Za-z0-9_.-], do not begin with a dot, and are opened below the folder without following
// links. Any thread, one at a time. Errors carry a reason: DISK_FULL, or DISK_FAILED for the rest.
#ifndef NARADA_MIXER_FILES_FOLDER_H_
#define NARADA_MIXER_FILES_FOLDER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace narada::mixer::files {

// Stands before every write of a folder: a test makes the disk slow or full. Not OK: the write fails
// with it.
using WriteHook = std::function<absl::Status(size_t bytes)>;

// Closes itself.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) noexcept : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

class File {
 public:
  // All of `bytes`, or an error after some of them.
  absl::Status WriteAt(uint64_t offset, std::span<const uint8_t> bytes);
  // Up to `bytes.size()`; fewer at the end of the file.
  absl::StatusOr<size_t> ReadAt(uint64_t offset, std::span<uint8_t> bytes) const;
  // Longer: zeros, which take no place on the disk.
  absl::Status Resize(uint64_t size);
  absl::StatusOr<uint64_t> Size() const;
  // When it was last written.
  absl::StatusOr<absl::Time> ChangeTime() const;
  // Waits until all of it is on the disk.
  absl::Status Sync();

 private:
  friend class Folder;
  File(FileDescriptor fd, std::string name, std::shared_ptr<const WriteHook> hook)
      : fd_(std::move(fd)), name_(std::move(name)), hook_(std::move(hook)) {}

  FileDescriptor fd_;
  std::string name_;
  std::shared_ptr<const WriteHook> hook_;
};

class Folder {
 public:
  // Made where it is missing (its parent is not). Errors: FAILED_PRECONDITION /
  // RECORDINGS_DIR_UNUSABLE, naming the folder and the likely cause: no folder, or we may not write.
  static absl::StatusOr<Folder> Open(const std::string& path, WriteHook hook = {});

  // Errors of all: NOT_FOUND / FILE_UNKNOWN, ALREADY_EXISTS / FILE_EXISTS, and the above.
  absl::StatusOr<Folder> MakeFolder(const std::string& name) const;
  absl::StatusOr<Folder> OpenFolder(const std::string& name) const;
  absl::StatusOr<File> MakeFile(const std::string& name) const;
  // Regular files only.
  absl::StatusOr<File> OpenFile(const std::string& name) const;
  // With the files in it. Folders in it are refused.
  absl::Status RemoveFolder(const std::string& name) const;
  // Names of files and folders, sorted; what has another kind of name is left out.
  absl::StatusOr<std::vector<std::string>> List() const;
  // Of the disk, for those who are not root.
  absl::StatusOr<uint64_t> FreeBytes() const;
  absl::Status Sync() const;

 private:
  Folder(FileDescriptor fd, std::string path, std::shared_ptr<const WriteHook> hook)
      : fd_(std::move(fd)), path_(std::move(path)), hook_(std::move(hook)) {}
  absl::StatusOr<FileDescriptor> OpenAt(const std::string& name, int flags) const;

  FileDescriptor fd_;
  std::string path_;  // For messages.
  std::shared_ptr<const WriteHook> hook_;
};

}  // namespace narada::mixer::files

#endif  // NARADA_MIXER_FILES_FOLDER_H_
