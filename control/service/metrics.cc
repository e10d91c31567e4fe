#include "control/service/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

#include <exception>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada::control::service {
namespace {

prometheus::MetricFamily Gauge(const char* name, const char* help, double value) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = prometheus::MetricType::Gauge;
  prometheus::ClientMetric metric;
  metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
  return family;
}

prometheus::MetricFamily Counter(const char* name, const char* help, int64_t value) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = prometheus::MetricType::Counter;
  prometheus::ClientMetric metric;
  metric.counter.value = static_cast<double>(value);
  family.metric.push_back(std::move(metric));
  return family;
}

class Gauges final : public prometheus::Collectable {
 public:
  Gauges(const calls::Switchboard& switchboard, const mixers::MixerPool& pool,
         const sms::SmsCounters& sms)
      : switchboard_(switchboard), pool_(pool), sms_(sms) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    int ready = 0, legs = 0;
    const std::vector<mixers::MixerPool::Entry> mixers = pool_.List();
    for (const mixers::MixerPool::Entry& mixer : mixers) {
      ready += mixer.status.is_ready ? 1 : 0;
      legs += mixer.status.leg_count;
    }
    return {Gauge("narada_control_calls", "Calls in progress.", switchboard_.call_count()),
            Gauge("narada_control_conferences", "Conferences in progress.",
                  static_cast<double>(switchboard_.conferences().size())),
            Gauge("narada_control_gateways", "Signaling services that are connected.",
                  static_cast<double>(switchboard_.gateways().size())),
            Gauge("narada_control_mixers", "Mixers that are configured.",
                  static_cast<double>(mixers.size())),
            Gauge("narada_control_mixers_ready", "Mixers that take calls.", ready),
            Gauge("narada_control_legs", "Legs at all mixers, of whatever service.", legs),
            Counter("narada_control_sms_sent_total", "Messages that their peer has taken.",
                    sms_.messages_sent),
            Counter("narada_control_sms_refused_total",
                    "Messages that their peer refused for good.", sms_.messages_refused),
            Counter("narada_control_sms_attempts_failed_total",
                    "Attempts at a message that are repeated later.", sms_.attempts_failed),
            Counter("narada_control_sms_limited_total",
                    "Messages that were not made because of a limit.", sms_.messages_limited),
            Counter("narada_control_sms_possible_duplicates_total",
                    "Parts sent again because an answer was lost.", sms_.possible_duplicates),
            Counter("narada_control_sms_throttled_total", "Parts that an SMSC told to wait.",
                    sms_.throttled),
            Counter("narada_control_sms_connections_lost_total", "Breaks of connections to SMSCs.",
                    sms_.connections_lost),
            Counter("narada_control_sms_receipts_delivered_total",
                    "Delivery receipts that said so.", sms_.receipts_delivered),
            Counter("narada_control_sms_receipts_undelivered_total",
                    "Delivery receipts that said that it failed.", sms_.receipts_undelivered)};
  }

 private:
  const calls::Switchboard& switchboard_;
  const mixers::MixerPool& pool_;
  const sms::SmsCounters& sms_;
};

}  // namespace

struct Metrics::Parts {
  std::shared_ptr<Gauges> gauges;
  std::unique_ptr<prometheus::Exposer> exposer;
};

absl::StatusOr<std::unique_ptr<Metrics>> Metrics::Serve(const std::string& address, int port,
                                                        const calls::Switchboard& switchboard,
                                                        const mixers::MixerPool& pool,
                                                        const sms::SmsCounters& sms) {
  auto parts = std::make_unique<Parts>();
  parts->gauges = std::make_shared<Gauges>(switchboard, pool, sms);
  const std::string listen = absl::StrCat(address, ":", port);
  try {
    parts->exposer = std::make_unique<prometheus::Exposer>(listen, 1);
  } catch (const std::exception& exception) {
    return ErrorWithReason(absl::StatusCode::kUnavailable, "PORT_OCCUPIED",
                           absl::StrCat("cannot serve metrics on ", listen, ": ", exception.what(),
                                        "; choose another --metrics_port"));
  }
  parts->exposer->RegisterCollectable(parts->gauges);
  return std::unique_ptr<Metrics>(new Metrics(std::move(parts)));
}

Metrics::Metrics(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Metrics::~Metrics() = default;

}  // namespace narada::control::service
