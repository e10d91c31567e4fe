// The folder in which a mixer leaves its state to its next life: one mixer at a time, and nothing in
// it from before the machine's start.
//   ASSIGN_OR_RETURN(StateFolder folder, StateFolder::Open("/run/narada"));
//   folder.File("legs")                       // a path in it
//   folder.Remove();                          // the end was asked for: nothing is to go on
#ifndef NARADA_MIXER_CONTINUITY_STATE_FOLDER_H_
#define NARADA_MIXER_CONTINUITY_STATE_FOLDER_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace narada::mixer::continuity {

class StateFolder {
 public:
  // Makes the folder if need be and locks it for this process; a lock that is held is waited for up to
  // `patience`, for a killed mixer may take a moment to be gone. What another start of the machine left
  // is removed: clocks and calls of then are over. Errors: ALREADY_EXISTS / STATE_TAKEN,
  // FAILED_PRECONDITION / STATE_UNUSABLE.
  static absl::StatusOr<StateFolder> Open(const std::string& path, absl::Duration patience);
  StateFolder(StateFolder&& other) noexcept
      : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
  StateFolder& operator=(StateFolder&&) = delete;
  ~StateFolder();

  std::string File(absl::string_view name) const;
  // Removes all files in it. It stays locked.
  void Remove();
  // False: on a disk, where the kernel may make a worker wait for a write-back.
  bool IsInMemory() const;

 private:
  StateFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_;
};

}  // namespace narada::mixer::continuity

#endif  // NARADA_MIXER_CONTINUITY_STATE_FOLDER_H_
