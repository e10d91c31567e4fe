#include "mixer/service/quality_monitor.h"

#include "mixer/service/convert.h"

namespace narada::mixer::service {
namespace {

// A leg is measured each so many calls of MeasureSome().
constexpr uint32_t kSlices = 10;

void AddTo(room::LegStatistics& sum, const room::LegStatistics& statistics) {
  sum.packets_received += statistics.packets_received;
  sum.payload_bytes_received += statistics.payload_bytes_received;
  sum.packets_sent += statistics.packets_sent;
  sum.payload_bytes_sent += statistics.payload_bytes_sent;
  sum.packets_lost += statistics.packets_lost;
  sum.concealed_network += statistics.concealed_network;
  sum.concealed_ceiling += statistics.concealed_ceiling;
  sum.concealed_codec += statistics.concealed_codec;
  sum.concealed_cpu += statistics.concealed_cpu;
  sum.reports_received += statistics.reports_received;
  for (size_t i = 0; i < dtmf::kDigitPathCount; ++i) {
    sum.digits_received[i] += statistics.digits_received[i];
  }
  for (size_t i = 0; i < room::kLegDropCount; ++i) sum.drops[i] += statistics.drops[i];
}

}  // namespace

void QualityMonitor::MeasureSome() {
  for (int worker = 0; worker < engine_.workers(); ++worker) {
    engine_.SampleLegs(worker, slice_, kSlices, samples_);
    for (const engine::LegSample& sample : samples_) {
      {
        absl::MutexLock lock(&mutex_);
        room::LegStatistics& last = last_[sample.leg.value];
        distributions_.Observe(last, sample.statistics);
        last = sample.statistics;
      }
      // Does nothing, and the next line undoes the one above, if the leg ended meanwhile.
      if (!state_.QualityMeasured(sample.leg, ToProto(sample.statistics))) {
        absl::MutexLock lock(&mutex_);
        last_.erase(sample.leg.value);
      }
    }
  }
  slice_ = (slice_ + 1) % kSlices;
}

void QualityMonitor::LegEnded(room::LegId leg, const room::LegStatistics& statistics) {
  absl::MutexLock lock(&mutex_);
  last_.erase(leg.value);
  AddTo(ended_, statistics);
}

room::LegStatistics QualityMonitor::Totals() const {
  absl::MutexLock lock(&mutex_);
  room::LegStatistics totals = ended_;
  for (const auto& [leg, statistics] : last_) AddTo(totals, statistics);
  return totals;
}

QualityDistributions QualityMonitor::Distributions() const {
  absl::MutexLock lock(&mutex_);
  return distributions_;
}

}  // namespace narada::mixer::service
