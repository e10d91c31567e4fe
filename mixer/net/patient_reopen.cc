#include "mixer/net/patient_reopen.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status.h"

namespace narada::mixer::net {
namespace {

constexpr absl::Duration kPortsHeldMax = absl::Seconds(3);
constexpr absl::Duration kPortsHeldPoll = absl::Milliseconds(5);

}  // namespace

absl::StatusOr<SocketPair> ReopenPatiently(SocketPairs& pairs, uint16_t rtp_port) {
  const absl::Time give_up = absl::Now() + kPortsHeldMax;
  while (true) {
    absl::StatusOr<SocketPair> pair = pairs.Reopen(rtp_port);
    if (pair.ok() || ReasonOf(pair.status()) != "PORT_TAKEN" || absl::Now() >= give_up) {
      return pair;
    }
    absl::SleepFor(kPortsHeldPoll);
  }
}

}  // namespace narada::mixer::net
