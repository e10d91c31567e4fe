// How a call sounded in the course of it, as the history draws it: a long call's samples grow coarser
// instead of many.
//   QualityLog log;
//   log.Add(quality, now);     // every 10 s
//   record.quality_course = log.samples();

#ifndef NARADA_CONTROL_MODEL_QUALITY_LOG_H_
#define NARADA_CONTROL_MODEL_QUALITY_LOG_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/model/call_quality.h"

namespace narada::control {

struct QualitySample {
  absl::Time at;          // The end of what it tells of.
  double mos = 0;         // 1.0-4.5; 0: not known.
  double loss_ratio = 0;  // Since the beginning of the call.
  absl::Duration interarrival_jitter;
  bool operator==(const QualitySample&) const = default;
};

class QualityLog {
 public:
  static constexpr size_t kSamplesMax = 360;  // An hour of one every 10 s.

  void Add(const CallQuality& quality, absl::Time now);
  // In order; without those of a coarser sample that is not full yet.
  const std::vector<QualitySample>& samples() const { return samples_; }

 private:
  std::vector<QualitySample> samples_;
  std::vector<QualitySample> gathered_;  // Become one sample when they are `stride_`.
  size_t stride_ = 1;
};

// As text for a table: "offset:mos:loss:jitter" in milliseconds from `start`, thousandths, millionths and
// microseconds, separated by commas.
std::string QualityToText(const std::vector<QualitySample>& samples, absl::Time start);
// What cannot be read is left out.
std::vector<QualitySample> QualityFromText(absl::string_view text, absl::Time start);

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_QUALITY_LOG_H_
