#include "mixer/continuity/state_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status.h"

namespace narada::mixer::continuity {
namespace {

namespace fs = std::filesystem;

constexpr char kLockName[] = "lock";
constexpr char kBootName[] = "boot";
constexpr absl::Duration kLockPoll = absl::Milliseconds(5);

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

absl::Status Unusable(const std::string& path, absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "STATE_UNUSABLE",
                         absl::StrCat("the state folder ", path, " cannot be used: ", why));
}

}  // namespace

absl::StatusOr<StateFolder> StateFolder::Open(const std::string& path, absl::Duration patience) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return Unusable(path, error.message());
  // It holds media keys.
  if (chmod(path.c_str(), 0700) != 0) return Unusable(path, strerror(errno));
  const int lock = open(absl::StrCat(path, "/", kLockName).c_str(),
                        O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0) return Unusable(path, strerror(errno));
  StateFolder folder(path, lock);
  const absl::Time give_up = absl::Now() + patience;
  while (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (absl::Now() >= give_up) {
      return ErrorWithReason(absl::StatusCode::kAlreadyExists, "STATE_TAKEN",
                             absl::StrCat("another mixer uses the state folder ", path));
    }
    absl::SleepFor(kLockPoll);
  }
  const std::string boot = ReadText("/proc/sys/kernel/random/boot_id");
  if (ReadText(folder.File(kBootName)) != boot) {
    folder.Remove();
    std::ofstream file(folder.File(kBootName));
    file << boot;
    if (!file.flush()) return Unusable(path, "it cannot be written to");
  }
  return folder;
}

StateFolder::~StateFolder() {
  if (lock_ >= 0) close(lock_);
}

std::string StateFolder::File(absl::string_view name) const {
  return absl::StrCat(path_, "/", name);
}

void StateFolder::Remove() {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_, error)) {
    if (entry.path().filename() == kLockName) continue;  // Held: a new file would be another lock.
    fs::remove(entry.path(), error);
  }
}

bool StateFolder::IsInMemory() const {
  struct statfs status {};
  return statfs(path_.c_str(), &status) == 0 &&
         (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}

}  // namespace narada::mixer::continuity
