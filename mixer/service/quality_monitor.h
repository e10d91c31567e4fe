// Measures every leg each 10 s, tells it as an event, and keeps the totals of all legs there ever
// were, for metrics.
//   monitor.MeasureSome();                       // every second: a tenth of the legs
//   monitor.LegEnded(id, last);                  // in the engine's callback
// Thread-safe. One command per worker and second, whatever the number of legs.
#ifndef NARADA_MIXER_SERVICE_QUALITY_MONITOR_H_
#define NARADA_MIXER_SERVICE_QUALITY_MONITOR_H_

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/node_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "mixer/engine/engine.h"
#include "mixer/room/ids.h"
#include "mixer/room/leg_statistics.h"
#include "mixer/service/mixer_state.h"
#include "mixer/service/quality_distributions.h"

namespace narada::mixer::service {

class QualityMonitor {
 public:
  QualityMonitor(engine::Engine& engine, MixerState& state) : engine_(engine), state_(state) {}

  // One slice of the legs, another each time. One thread.
  void MeasureSome();
  void LegEnded(room::LegId leg, const room::LegStatistics& statistics);

  // Sums of what counts up; other fields are empty.
  room::LegStatistics Totals() const;
  // How legs fared: each of them counts each time it was measured.
  QualityDistributions Distributions() const;

 private:
  engine::Engine& engine_;
  MixerState& state_;
  uint32_t slice_ = 0;                      // MeasureSome()'s thread.
  std::vector<engine::LegSample> samples_;  // The same.
  mutable absl::Mutex mutex_;
  QualityDistributions distributions_ ABSL_GUARDED_BY(mutex_);
  room::LegStatistics ended_ ABSL_GUARDED_BY(mutex_);
  // In nodes: half a kilobyte is too much for a place that is empty.
  absl::node_hash_map<uint64_t, room::LegStatistics> last_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_QUALITY_MONITOR_H_
