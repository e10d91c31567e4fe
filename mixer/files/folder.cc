#include "mixer/files/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada::mixer::files {
namespace {

constexpr mode_t kFolderMode = 0750;
constexpr mode_t kFileMode = 0640;  // Voices are not for everybody.

absl::Status DiskError(absl::string_view what, absl::string_view name, int error) {
  const std::string message = absl::StrCat(what, " ", name, ": ", strerror(error));
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ErrorWithReason(absl::StatusCode::kResourceExhausted, "DISK_FULL", message);
    case ENOENT:
      return ErrorWithReason(absl::StatusCode::kNotFound, "FILE_UNKNOWN", message);
    case EEXIST:
      return ErrorWithReason(absl::StatusCode::kAlreadyExists, "FILE_EXISTS", message);
    default:
      return ErrorWithReason(absl::StatusCode::kUnavailable, "DISK_FAILED", message);
  }
}

bool IsName(absl::string_view name) {
  return !name.empty() && name.size() <= 128 && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' ||
                  c == '.';
         });
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) close(fd_);
}

// --- File ---

absl::Status File::WriteAt(uint64_t offset, std::span<const uint8_t> bytes) {
  if (hook_ != nullptr && *hook_) RETURN_IF_ERROR((*hook_)(bytes.size()));
  while (!bytes.empty()) {
    const ssize_t written =
        pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return DiskError("writing", name_, errno);
    }
    offset += static_cast<uint64_t>(written);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> File::ReadAt(uint64_t offset, std::span<uint8_t> bytes) const {
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = pread(fd_.get(), bytes.data() + size, bytes.size() - size,
                              static_cast<off_t>(offset + size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return DiskError("reading", name_, errno);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  return size;
}

absl::Status File::Resize(uint64_t size) {
  if (ftruncate(fd_.get(), static_cast<off_t>(size)) == 0) return absl::OkStatus();
  return DiskError("resizing", name_, errno);
}

absl::StatusOr<uint64_t> File::Size() const {
  struct stat status {};
  if (fstat(fd_.get(), &status) != 0) return DiskError("asking for the size of", name_, errno);
  return static_cast<uint64_t>(status.st_size);
}

absl::StatusOr<absl::Time> File::ChangeTime() const {
  struct stat status {};
  if (fstat(fd_.get(), &status) != 0) return DiskError("asking for the time of", name_, errno);
  return absl::TimeFromTimespec(status.st_mtim);
}

absl::Status File::Sync() {
  if (fdatasync(fd_.get()) == 0) return absl::OkStatus();
  return DiskError("writing", name_, errno);
}

// --- Folder ---

absl::StatusOr<Folder> Folder::Open(const std::string& path, WriteHook hook) {
  const auto unusable = [&](absl::string_view why) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "RECORDINGS_DIR_UNUSABLE",
                           absl::StrCat("the folder of recordings ", path, " ", why));
  };
  if (mkdir(path.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    return unusable(absl::StrCat("cannot be made: ", strerror(errno)));
  }
  FileDescriptor fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return unusable(absl::StrCat("cannot be opened: ", strerror(errno)));
  if (faccessat(fd.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
    return unusable(absl::StrCat("cannot be written by this user: ", strerror(errno)));
  }
  return Folder(std::move(fd), path, std::make_shared<const WriteHook>(std::move(hook)));
}

absl::StatusOr<FileDescriptor> Folder::OpenAt(const std::string& name, int flags) const {
  if (!IsName(name)) return DiskError("opening", "a file by a name that is none", ENOENT);
  // Without waiting for the other end, should somebody have put a pipe there.
  FileDescriptor fd(
      openat(fd_.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, kFileMode));
  if (fd.get() < 0) return DiskError("opening", absl::StrCat(path_, "/", name), errno);
  return fd;
}

absl::StatusOr<Folder> Folder::MakeFolder(const std::string& name) const {
  if (!IsName(name)) return DiskError("making", "a folder by a name that is none", ENOENT);
  if (mkdirat(fd_.get(), name.c_str(), kFolderMode) != 0) {
    return DiskError("making", absl::StrCat(path_, "/", name), errno);
  }
  return OpenFolder(name);
}

absl::StatusOr<Folder> Folder::OpenFolder(const std::string& name) const {
  ASSIGN_OR_RETURN(FileDescriptor fd, OpenAt(name, O_RDONLY | O_DIRECTORY));
  return Folder(std::move(fd), absl::StrCat(path_, "/", name), hook_);
}

absl::StatusOr<File> Folder::MakeFile(const std::string& name) const {
  if (hook_ != nullptr && *hook_) RETURN_IF_ERROR((*hook_)(0));
  ASSIGN_OR_RETURN(FileDescriptor fd, OpenAt(name, O_RDWR | O_CREAT | O_EXCL));
  return File(std::move(fd), absl::StrCat(path_, "/", name), hook_);
}

absl::StatusOr<File> Folder::OpenFile(const std::string& name) const {
  absl::StatusOr<FileDescriptor> fd = OpenAt(name, O_RDWR);
  if (!fd.ok()) return fd.status();
  struct stat status {};
  if (fstat(fd->get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return DiskError("opening", absl::StrCat(path_, "/", name), ENOENT);
  }
  return File(*std::move(fd), absl::StrCat(path_, "/", name), hook_);
}

absl::Status Folder::RemoveFolder(const std::string& name) const {
  ASSIGN_OR_RETURN(const Folder folder, OpenFolder(name));
  ASSIGN_OR_RETURN(const std::vector<std::string> files, folder.List());
  for (const std::string& file : files) {
    if (unlinkat(folder.fd_.get(), file.c_str(), 0) != 0) {
      return DiskError("removing", absl::StrCat(path_, "/", name, "/", file), errno);
    }
  }
  if (unlinkat(fd_.get(), name.c_str(), AT_REMOVEDIR) != 0) {
    return DiskError("removing", absl::StrCat(path_, "/", name), errno);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> Folder::List() const {
  // A descriptor of its own, whose place in the listing nobody shares.
  const int fd = openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const listing = fd >= 0 ? fdopendir(fd) : nullptr;
  if (listing == nullptr) return DiskError("listing", path_, errno);
  std::vector<std::string> names;
  while (const dirent* entry = readdir(listing)) {
    if (IsName(entry->d_name)) names.emplace_back(entry->d_name);
  }
  closedir(listing);
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<uint64_t> Folder::FreeBytes() const {
  struct statvfs status {};
  if (fstatvfs(fd_.get(), &status) != 0) {
    return DiskError("asking for the free space of", path_, errno);
  }
  return uint64_t{status.f_bavail} * status.f_frsize;
}

absl::Status Folder::Sync() const {
  if (fsync(fd_.get()) == 0) return absl::OkStatus();
  return DiskError("writing", path_, errno);
}

}  // namespace narada::mixer::files
