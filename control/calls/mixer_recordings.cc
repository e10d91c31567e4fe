#include "control/calls/mixer_recordings.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/mixers/mixer.h"

namespace narada::control::calls {
namespace {

absl::Status NotHere(const std::string& mixer) {
  return ErrorWithReason(absl::StatusCode::kUnavailable, "MIXER_UNREACHABLE",
                         absl::StrCat("mixer ", mixer,
                                      ", which has the recording, is none that control is "
                                      "configured with"));
}

}  // namespace

absl::Status MixerRecordings::Read(const std::string& mixer, const std::string& recording_id,
                                   const std::string& track_id, uint64_t offset,
                                   absl::FunctionRef<bool(absl::string_view)> sink) {
  const std::shared_ptr<mixers::Mixer> found = mixers_.Find(mixer);
  if (found == nullptr) return NotHere(mixer);
  return found->ReadRecording(recording_id, track_id, offset, sink);
}

absl::StatusOr<std::optional<uint64_t>> MixerRecordings::Size(const std::string& mixer,
                                                              const std::string& recording_id,
                                                              const std::string& track_id) {
  const std::shared_ptr<mixers::Mixer> found = mixers_.Find(mixer);
  if (found == nullptr) return NotHere(mixer);
  return found->TrackSize(recording_id, track_id);
}

void MixerRecordings::Delete(const std::string& mixer, const std::string& recording_id,
                             absl::AnyInvocable<void(absl::Status)> done) {
  const std::shared_ptr<mixers::Mixer> found = mixers_.Find(mixer);
  if (found == nullptr) return done(NotHere(mixer));
  found->DeleteRecording(recording_id, std::move(done));
}

}  // namespace narada::control::calls
