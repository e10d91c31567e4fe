// The mixer's figures for Prometheus, read from the workers when they are asked for.
//   auto metrics = std::make_shared<MixerMetrics>(context);
//   exposer.RegisterCollectable(metrics);
// Thread-safe. Costs the workers nothing: they publish their figures anyway.
#ifndef NARADA_MIXER_SERVICE_METRICS_H_
#define NARADA_MIXER_SERVICE_METRICS_H_

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <vector>

#include "mixer/service/mixer_context.h"

namespace narada::mixer::service {

class MixerMetrics final : public prometheus::Collectable {
 public:
  explicit MixerMetrics(MixerContext& context) : context_(context) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  MixerContext& context_;
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_METRICS_H_
