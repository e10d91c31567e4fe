#include "sip/sip_metrics.h"

#include <exception>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "sip/host.h"

namespace narada::sip {
namespace {

prometheus::Gauge& NewGauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Counter& NewCounter(prometheus::Registry& registry, const char* name,
                                const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

SipMetrics::SipMetrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      calls_total_(prometheus::BuildCounter()
                       .Name("narada_sip_calls_total")
                       .Help("Calls by how they came about.")
                       .Register(*registry_)),
      refused_total_(prometheus::BuildCounter()
                         .Name("narada_sip_calls_refused_total")
                         .Help("INVITEs that ended with this class of status, ours or theirs.")
                         .Register(*registry_)),
      offered_(calls_total_.Add({{"way", "offered"}})),
      dialled_(calls_total_.Add({{"way", "dialled"}})),
      confirmed_(NewCounter(*registry_, "narada_sip_calls_confirmed_total",
                            "Calls that were answered and confirmed by ACK.")),
      calls_(NewGauge(*registry_, "narada_sip_calls", "Calls in progress.")),
      digits_(NewCounter(*registry_, "narada_sip_info_digits_total", "Digits by SIP INFO.")),
      control_connected_(NewGauge(*registry_, "narada_sip_control_connected",
                                  "1 while the stream to control is open.")),
      control_connections_(NewCounter(*registry_, "narada_sip_control_connections_total",
                                      "Streams to control that were opened.")) {}

absl::Status SipMetrics::Serve(const std::string& address, int port) {
  const std::string at = absl::StrCat(InUri(address), ":", port);
  try {
    exposer_ = std::make_unique<prometheus::Exposer>(at, 1);
    exposer_->RegisterCollectable(registry_);
  } catch (const std::exception& error) {
    return ErrorWithReason(absl::StatusCode::kUnavailable, "PORT_OCCUPIED",
                           absl::StrCat("cannot serve metrics on ", at, ": ", error.what(),
                                        "; another program may hold the port: choose one with "
                                        "--metrics_port"));
  }
  return absl::OkStatus();
}

void SipMetrics::CallRefused(int status) {
  refused_total_.Add({{"status", absl::StrCat(status)}}).Increment();
}

void SipMetrics::SetControlConnected(bool is_connected) {
  control_connected_.Set(is_connected ? 1 : 0);
  if (is_connected) control_connections_.Increment();
}

}  // namespace narada::sip
