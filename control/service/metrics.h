// What is counted of control, for Prometheus at /metrics.
//   ASSIGN_OR_RETURN(auto metrics, Metrics::Serve("127.0.0.1", 9091, switchboard, pool));
// They are read when they are asked for, on the exposer's thread.

#ifndef NARADA_CONTROL_SERVICE_METRICS_H_
#define NARADA_CONTROL_SERVICE_METRICS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "control/calls/switchboard.h"
#include "control/mixers/mixer_pool.h"
#include "control/sms/sms_counters.h"

namespace narada::control::service {

class Metrics {
 public:
  // Errors: UNAVAILABLE / PORT_OCCUPIED.
  static absl::StatusOr<std::unique_ptr<Metrics>> Serve(const std::string& address, int port,
                                                        const calls::Switchboard& switchboard,
                                                        const mixers::MixerPool& pool,
                                                        const sms::SmsCounters& sms);
  ~Metrics();

 private:
  struct Parts;
  explicit Metrics(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_METRICS_H_
