// Recordings at the mixers, for reports.

#ifndef NARADA_CONTROL_CALLS_MIXER_RECORDINGS_H_
#define NARADA_CONTROL_CALLS_MIXER_RECORDINGS_H_

#include <string>

#include "control/mixers/mixer_directory.h"
#include "control/reports/recording_store.h"

namespace narada::control::calls {

class MixerRecordings final : public reports::RecordingStore {
 public:
  // `mixers` outlives this.
  explicit MixerRecordings(mixers::MixerDirectory& mixers) : mixers_(mixers) {}

  absl::Status Read(const std::string& mixer, const std::string& recording_id,
                    const std::string& track_id, uint64_t offset,
                    absl::FunctionRef<bool(absl::string_view)> sink) override;
  absl::StatusOr<std::optional<uint64_t>> Size(const std::string& mixer,
                                               const std::string& recording_id,
                                               const std::string& track_id) override;
  void Delete(const std::string& mixer, const std::string& recording_id,
              absl::AnyInvocable<void(absl::Status)> done) override;

 private:
  mixers::MixerDirectory& mixers_;
};

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_MIXER_RECORDINGS_H_
