// Keeps what a mixer's listener is told, for a test's thread to wait for.
//
//   MixerRecorder recorder;
//   mixer->Start(recorder);
//   ASSERT_TRUE(recorder.WaitForSnapshot().has_value());
//   EXPECT_THAT(recorder.WaitForEvents(1), ElementsAre("anna@hall: digit 5"));
//
// An event is written as the leg (by its label "call", or its id), the room that it is in, and what
// happened. Any thread.

#ifndef NARADA_CONTROL_MIXERS_MIXER_RECORDER_H_
#define NARADA_CONTROL_MIXERS_MIXER_RECORDER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "control/mixers/mixer.h"

namespace narada::control::mixers {

class MixerRecorder final : public MixerListener {
 public:
  void OnMixerSnapshot(const std::shared_ptr<Mixer>& mixer, MixerSnapshot snapshot) override;
  void OnLegEvent(const std::shared_ptr<Mixer>& mixer, LegEvent event) override;

  // The `count`th one, counted from 1; nothing if it does not come within 20 s.
  std::optional<MixerSnapshot> WaitForSnapshot(size_t count = 1);
  // All events so far, as soon as there are `count` of them, or after 20 s.
  std::vector<std::string> WaitForEvents(size_t count);
  // How many events came before the last snapshot.
  size_t events_before_snapshot();

 private:
  absl::Mutex mutex_;
  std::vector<MixerSnapshot> snapshots_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> events_ ABSL_GUARDED_BY(mutex_);
  size_t events_before_snapshot_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace narada::control::mixers

#endif  // NARADA_CONTROL_MIXERS_MIXER_RECORDER_H_
