#ifndef NARADA_CONTROL_MODEL_CALL_QUALITY_H_
#define NARADA_CONTROL_MODEL_CALL_QUALITY_H_

#include <optional>

#include "absl/time/time.h"

namespace narada::control {

// How well we hear a caller, as the mixer measures it (docs/quality.md).
struct CallQuality {
  double mos = 0;         // E-model estimate, 1.0-4.5; 0: not known.
  double loss_ratio = 0;  // Share of the packets lost on the way to us, 0-1.
  absl::Duration interarrival_jitter;
  absl::Duration round_trip_time;  // Zero: not known.
  bool operator==(const CallQuality&) const = default;
};

// The quality of a whole call out of what was measured in the course of it:
//   CallQualityMeter meter;
//   meter.Add(quality);     // every 10 s
//   record.quality = meter.Whole();
// MOS, jitter and round trip are the means of what was known, for each tells of its last seconds only; the
// loss is the last, for it counts from the call's beginning.
class CallQualityMeter {
 public:
  void Add(const CallQuality& quality) {
    whole_.loss_ratio = quality.loss_ratio;
    whole_.interarrival_jitter = Mean(jitter_, quality.interarrival_jitter);
    if (quality.mos > 0) whole_.mos = Mean(mos_, quality.mos);
    if (quality.round_trip_time > absl::ZeroDuration()) {
      whole_.round_trip_time = Mean(round_trip_, quality.round_trip_time);
    }
    is_known_ = true;
  }
  // Nothing until something was measured.
  std::optional<CallQuality> Whole() const {
    return is_known_ ? std::optional<CallQuality>(whole_) : std::nullopt;
  }

 private:
  template <typename T>
  struct Sum {
    T total{};
    int count = 0;
  };
  template <typename T>
  static T Mean(Sum<T>& sum, T value) {
    sum.total += value;
    return sum.total / ++sum.count;
  }

  bool is_known_ = false;
  CallQuality whole_;
  Sum<double> mos_;
  Sum<absl::Duration> jitter_;
  Sum<absl::Duration> round_trip_;
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_CALL_QUALITY_H_
