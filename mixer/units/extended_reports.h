// Extended reports of RTCP (RFC 3611): which of them somebody asks another to send.
#ifndef NARADA_MIXER_UNITS_EXTENDED_REPORTS_H_
#define NARADA_MIXER_UNITS_EXTENDED_REPORTS_H_

#include <cstdint>

namespace narada::mixer {

struct ExtendedReportsWanted {
  bool voip_metrics = false;    // How it sounds where the report is made (§4.7).
  bool reference_time = false;  // rcvr-rtt: the round trip also where no media is sent (§4.4).

  bool any() const { return voip_metrics || reference_time; }
  friend bool operator==(const ExtendedReportsWanted&, const ExtendedReportsWanted&) = default;
};

// Whether extended reports are sent, and asked for: as the far end asks, whatever it asks, or
// not at all.
enum class ExtendedReportsPolicy : uint8_t { kNegotiated, kAlways, kNever };

}  // namespace narada::mixer

#endif  // NARADA_MIXER_UNITS_EXTENDED_REPORTS_H_
