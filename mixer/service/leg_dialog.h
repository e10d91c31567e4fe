// What a leg's negotiation must remember between requests; its requests come one after the other.
#ifndef NARADA_MIXER_SERVICE_LEG_DIALOG_H_
#define NARADA_MIXER_SERVICE_LEG_DIALOG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "mixer/sdp/negotiation.h"
#include "mixer/units/socket_address.h"

namespace narada::mixer::service {

struct LegDialog {
  LegDialog(sdp::Negotiation negotiation, const IpAddress& signaling_ip, uint32_t slot,
            std::string record)
      : slot(slot),
        negotiation(std::move(negotiation)),
        signaling_ip(signaling_ip),
        record(std::move(record)) {}

  const uint32_t slot;  // Of StateKeeper.

  absl::Mutex mutex;  // Held over a whole request, the worker's part included.
  // Always set; an optional only so that a later state can take its place.
  std::optional<sdp::Negotiation> negotiation ABSL_GUARDED_BY(mutex);
  IpAddress signaling_ip ABSL_GUARDED_BY(mutex);
  // How all of this came to be: a DialogRecord, encoded. Empty: nobody will ask.
  std::string record ABSL_GUARDED_BY(mutex);
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_LEG_DIALOG_H_
