#include "mixer/net/udp_socket_pairs.h"

#include <utility>

#include "base/status.h"

namespace narada::mixer::net {

UdpSocketPairs::UdpSocketPairs(const SocketAddress& local, PortRange ports, const Clock& clock,
                               int dscp)
    : local_(local), clock_(clock), dscp_(dscp), ports_(std::move(ports)) {}

absl::StatusOr<SocketPair> UdpSocketPairs::Open() {
  while (true) {
    uint16_t port;
    {
      absl::MutexLock lock(&mutex_);
      ASSIGN_OR_RETURN(port, ports_.Take(clock_.Now()));
    }
    absl::StatusOr<SocketPair> pair = OpenAt(port);
    if (pair.ok()) return pair;
    {
      absl::MutexLock lock(&mutex_);
      ports_.Return(port, clock_.Now());
    }
    // The loop ends: each turn takes one more pair out of the free ones.
    if (ReasonOf(pair.status()) != "PORT_TAKEN") return pair.status();
  }
}

absl::StatusOr<SocketPair> UdpSocketPairs::Reopen(uint16_t rtp_port) {
  {
    absl::MutexLock lock(&mutex_);
    RETURN_IF_ERROR(ports_.TakeExactly(rtp_port));
  }
  absl::StatusOr<SocketPair> pair = OpenAt(rtp_port);
  if (pair.ok()) return pair;
  absl::MutexLock lock(&mutex_);
  ports_.Return(rtp_port, clock_.Now());
  return pair;
}

void UdpSocketPairs::Close(SocketPair pair) {
  const uint16_t port = pair.rtp.local().port();
  pair.rtp.Close();
  pair.rtcp.Close();
  absl::MutexLock lock(&mutex_);
  ports_.Return(port, clock_.Now());
}

absl::StatusOr<SocketPair> UdpSocketPairs::OpenAt(uint16_t rtp_port) const {
  SocketPair pair;
  ASSIGN_OR_RETURN(pair.rtp, UdpSocket::Bind(local_.WithPort(rtp_port), dscp_));
  ASSIGN_OR_RETURN(pair.rtcp, UdpSocket::Bind(local_.WithPort(rtp_port + 1), dscp_));
  return pair;
}

}  // namespace narada::mixer::net
