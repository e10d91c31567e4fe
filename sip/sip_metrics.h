#ifndef NARADA_SIP_SIP_METRICS_H_
#define NARADA_SIP_SIP_METRICS_H_

#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>

#include "absl/status/status.h"

namespace narada::sip {

// What the gateway counts, in Prometheus' format. Thread-safe.
class SipMetrics {
 public:
  SipMetrics();

  // Serves /metrics on address:port. UNAVAILABLE / PORT_OCCUPIED.
  absl::Status Serve(const std::string& address, int port);

  void CallOffered() { offered_.Increment(); }
  void CallDialled() { dialled_.Increment(); }
  void CallConfirmed() { confirmed_.Increment(); }
  void CallRefused(int status);  // By final status, ours or theirs.
  void SetCalls(size_t calls) { calls_.Set(static_cast<double>(calls)); }
  void DigitReceived() { digits_.Increment(); }
  void SetControlConnected(bool is_connected);  // Counts connections too.

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& calls_total_;
  prometheus::Family<prometheus::Counter>& refused_total_;
  prometheus::Counter& offered_;
  prometheus::Counter& dialled_;
  prometheus::Counter& confirmed_;
  prometheus::Gauge& calls_;
  prometheus::Counter& digits_;
  prometheus::Gauge& control_connected_;
  prometheus::Counter& control_connections_;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace narada::sip

#endif  // NARADA_SIP_SIP_METRICS_H_
