// Opens a leg's two UDP sockets on neighbouring ports of a configured range.
//   ASSIGN_OR_RETURN(PortRange ports, PortRange::Create(20000, 29999, absl::Seconds(10)));
//   UdpSocketPairs sockets(address, std::move(ports), clock);
//   ASSIGN_OR_RETURN(SocketPair pair, sockets.Open());
// Thread-safe; never called by a worker (opening and closing are system calls).
#ifndef NARADA_MIXER_NET_UDP_SOCKET_PAIRS_H_
#define NARADA_MIXER_NET_UDP_SOCKET_PAIRS_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "mixer/net/port_range.h"
#include "mixer/net/udp_socket.h"

namespace narada::mixer::net {

class UdpSocketPairs final : public SocketPairs {
 public:
  // Binds to `local`'s IP address; its port is ignored. `clock` times the quarantine. `dscp` as
  // UdpSocket::Bind().
  UdpSocketPairs(const SocketAddress& local, PortRange ports, const Clock& clock, int dscp = 0);

  // A pair of which another program holds a port is put in quarantine and the next one tried.
  absl::StatusOr<SocketPair> Open() override;
  absl::StatusOr<SocketPair> Reopen(uint16_t rtp_port) override;
  void Close(SocketPair pair) override;

 private:
  absl::StatusOr<SocketPair> OpenAt(uint16_t rtp_port) const;

  const SocketAddress local_;
  const Clock& clock_;
  const int dscp_;
  absl::Mutex mutex_;
  PortRange ports_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace narada::mixer::net

#endif  // NARADA_MIXER_NET_UDP_SOCKET_PAIRS_H_
