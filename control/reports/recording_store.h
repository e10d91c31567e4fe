// Where the sound of recordings lies: the mixers' disks, as far as reports need them.

#ifndef NARADA_CONTROL_REPORTS_RECORDING_STORE_H_
#define NARADA_CONTROL_REPORTS_RECORDING_STORE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace narada::control::reports {

// Any thread.
class RecordingStore {
 public:
  virtual ~RecordingStore() = default;
  // Hands the bytes of one track to `sink`, from `offset` on, until there are no more or it returns
  // false. Waits: not for an actor. Errors: those of the mixer, UNAVAILABLE / MIXER_UNREACHABLE.
  virtual absl::Status Read(const std::string& mixer, const std::string& recording_id,
                            const std::string& track_id, uint64_t offset,
                            absl::FunctionRef<bool(absl::string_view)> sink) = 0;
  // How long that is; nothing while it grows. Waits, too; the same errors.
  virtual absl::StatusOr<std::optional<uint64_t>> Size(const std::string& mixer,
                                                       const std::string& recording_id,
                                                       const std::string& track_id) = 0;
  // OK, too, if it is gone already. `done` runs on any thread.
  virtual void Delete(const std::string& mixer, const std::string& recording_id,
                      absl::AnyInvocable<void(absl::Status)> done) = 0;
};

}  // namespace narada::control::reports

#endif  // NARADA_CONTROL_REPORTS_RECORDING_STORE_H_
