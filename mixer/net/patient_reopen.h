// Ports of a mixer that was killed a moment ago.
#ifndef NARADA_MIXER_NET_PATIENT_REOPEN_H_
#define NARADA_MIXER_NET_PATIENT_REOPEN_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "mixer/net/udp_socket.h"

namespace narada::mixer::net {

// SocketPairs::Reopen() that waits up to three seconds for a port that is taken: the ring of a killed process lets go of its
// sockets only when the kernel has come to it. Off the workers.
absl::StatusOr<SocketPair> ReopenPatiently(SocketPairs& pairs, uint16_t rtp_port);

}  // namespace narada::mixer::net

#endif  // NARADA_MIXER_NET_PATIENT_REOPEN_H_
